import { gzipSync } from 'node:zlib';

/** An entry of an archive: a regular file, unless `type` says something else. */
export type Entry = { readonly name: string; readonly content?: string | Uint8Array; readonly type?: string; readonly link?: string; /** What the header says. */ readonly size?: number };

/** Returns a gzipped tar of the entries, in their order: whatever they say, true or not. */
export function tgz(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = '', type = '0', link = '', size }) => {
    const bytes = Buffer.from(content);
    return [header({ name, type, link, size: size ?? bytes.length }), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** Returns the archive that `helm package` would make of a chart's files. */
export function packed(name: string, files: Readonly<Record<string, string>>): Buffer {
  return tgz(Object.entries(files).map(([path, content]) => ({ name: `${name}/${path}`, content })));
}

function header({ name, type, link, size }: { readonly name: string; readonly type: string; readonly link: string; readonly size: number }): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
