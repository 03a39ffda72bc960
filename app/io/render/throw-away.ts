import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export type FileToWrite = { readonly path: string; readonly content: Uint8Array | string };

/**
 * Makes a directory that only we may enter (0700), writes the files into it (0600), calls `use` and takes the directory away, however
 * that ends. The paths must have been checked by `wrongPath`; an existing file is never written over.
 */
export async function inThrowAway<T>(parent: string, files: readonly FileToWrite[], use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(parent, 'avant-helm-'));
  try {
    const folders = new Set(files.map(({ path }) => dirname(path)));
    for (const one of folders) await mkdir(join(folder, one), { recursive: true, mode: 0o700 });
    await Promise.all(files.map(({ path, content }) => writeFile(join(folder, path), content, { mode: 0o600, flag: 'wx' })));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
