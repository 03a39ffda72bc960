import { gunzipSync } from 'node:zlib';
import { shown } from '../../core/outside-text.ts';
import { wrongPath } from './paths.ts';

/** What is wrong with an archive, for who committed it. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive';
}

/** What is left of the limits; goes down with each archive. */
export type ArchiveBudget = { bytes: number; files: number };

const block = 512;

/**
 * Returns the files of a chart's `.tgz`, by their paths below its one folder. Only regular files: links, devices and paths that lead
 * out are refused, as is a checksum that is wrong. Unpacking stops at the budget, whatever the archive says of its size.
 */
export function readArchive(packed: Uint8Array, budget: ArchiveBudget): Map<string, Uint8Array> {
  const tar = unpacked(packed, budget);
  budget.bytes -= tar.length;
  const files = new Map<string, Uint8Array>();
  let extended: Extended = {};
  for (let at = 0; at + block <= tar.length; ) {
    const header = tar.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    const { name, size, type } = headerOf(header, extended);
    const start = at + block;
    if (start + size > tar.length) throw new BadArchive('ends in the middle of a file');
    const content = tar.subarray(start, start + size);
    at = start + Math.ceil(size / block) * block;
    if (type === 'x' || type === 'L') {
      extended = { ...extended, ...(type === 'L' ? { path: textOf(content) } : paxOf(content)) };
      continue;
    }
    extended = {};
    if (type === 'g' || type === '5' || name.endsWith('/')) continue;
    if (type !== '0' && type !== '\0' && type !== '7') throw new BadArchive(`has ${kinds[type] ?? 'something that is no regular file'}: ${shown(name)}`);
    add(files, name, content, budget);
  }
  if (files.size === 0) throw new BadArchive('has no files');
  return files;
}

const kinds: Readonly<Record<string, string>> = { '1': 'a hard link', '2': 'a symbolic link', '3': 'a device', '4': 'a device', '6': 'a pipe', K: 'a link with a long name', S: 'a sparse file' };

function unpacked(packed: Uint8Array, budget: ArchiveBudget): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: Math.max(1, budget.bytes) });
  } catch (thrown) {
    const tooLarge = thrown instanceof RangeError || (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE');
    throw new BadArchive(tooLarge ? 'unpacks to more than a chart may have' : 'is no gzip archive', { cause: thrown });
  }
}

function add(files: Map<string, Uint8Array>, name: string, content: Uint8Array, budget: ArchiveBudget): void {
  const path = name.slice(name.indexOf('/') + 1);
  const wrong = name.includes('/') ? wrongPath(name) : 'is beside the chart\'s folder';
  if (wrong !== undefined) throw new BadArchive(`${shown(name)} ${wrong}`);
  if (files.has(path)) throw new BadArchive(`has ${shown(name)} twice`);
  if (--budget.files < 0) throw new BadArchive('has more files than a chart may have');
  files.set(path, Uint8Array.from(content));
}

type Extended = { readonly path?: string; readonly size?: number };

/** The fields of a header (POSIX.1-1988 ustar, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html), those of pax above them. */
function headerOf(header: Buffer, extended: Extended): { readonly name: string; readonly size: number; readonly type: string } {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(header.subarray(148, 156)) !== sum) throw new BadArchive('is no tar archive, or a damaged one');
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textOf(header.subarray(345, 500)) : '';
  const short = textOf(header.subarray(0, 100));
  const size = extended.size ?? octal(header.subarray(124, 136));
  if (!Number.isSafeInteger(size) || size < 0) throw new BadArchive('has a file of no size that can be read');
  return { name: extended.path ?? (prefix === '' ? short : `${prefix}/${short}`), size, type: String.fromCharCode(header[156] ?? 0) };
}

function octal(field: Uint8Array): number {
  const text = textOf(field).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : text === '' ? 0 : Number.NaN;
}

/** Returns a text up to its first NUL. */
function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString();
}

/** Records of an extended header: `length key=value\n`. */
function paxOf(content: Uint8Array): Extended {
  const bytes = Buffer.from(content);
  let extended: Extended = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isSafeInteger(length) || length < 5 || at + length > bytes.length) throw new BadArchive('has a header that cannot be read');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') extended = { ...extended, path: value };
    else if (key === 'size') extended = { ...extended, size: /^\d+$/.test(value) ? Number(value) : Number.NaN };
    else if (key.startsWith('GNU.sparse')) throw new BadArchive('has a sparse file');
    at += length;
  }
  return extended;
}
