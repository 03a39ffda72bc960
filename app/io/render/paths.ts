/** The longest path in a chart, in bytes, and the longest name in it (Linux takes 255). */
const maxPath = 512;
const maxName = 255;

/**
 * Returns what is wrong with a path inside a folder of ours, or undefined. It must be plain names with `/` between them: nothing in
 * it may lead out of the folder, whatever joins it.
 */
export function wrongPath(path: string): string | undefined {
  if (Buffer.byteLength(path) > maxPath) return `is a path of more than ${maxPath} bytes`;
  if (!path.isWellFormed() || /[\u0000-\u001f\u007f\\]/.test(path)) return 'has a character in its name that no file of a chart needs';
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'is no plain path';
  return names.some((name) => Buffer.byteLength(name) > maxName) ? `has a name of more than ${maxName} bytes` : undefined;
}

/** Returns the paths that are both a file and the folder of another. */
export function foldersToo(paths: Iterable<string>): string[] {
  const files = new Set(paths);
  return [...files].filter((path) => {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) if (files.has(path.slice(0, at))) return true;
    return false;
  });
}
