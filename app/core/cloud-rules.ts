import type { CloudLimits } from './ports.ts';

/** What is read of one `.cloud/` at most: sizes in bytes, the depth in names of a path, its length in characters. */
export const cloudLimits: CloudLimits = {
  files: 500,
  bytes: 2 * 1024 * 1024,
  fileBytes: 512 * 1024,
  depth: 12,
  pathLength: 200,
};

/** Larger than any project config that a person writes. */
const mostConfigBytes = 64 * 1024;
/** More apps than any project has; their names are kept with the facts. */
const mostCharts = 50;
const longestChartName = 100;
/**
 * Each file that is no UTF-8 text takes a call of its own, of the 5,000 an hour that all previews of an installation
 * share; charts have some packed ones.
 */
const mostBinaryFiles = 50;

/** What is told where GitHub lists only a part of `.cloud/`. */
export const tooManyListed = '.cloud has more files than GitHub lists at once; leave out what no preview needs';

/** Returns why a project config of that size is not read, if that is so. */
export function configProblem(bytes: number): string | undefined {
  return bytes > mostConfigBytes ? `it has ${bytes} bytes; ${mostConfigBytes} are the most` : undefined;
}

/** Returns why this is no folder; undefined where it is one, or where nothing is. */
export function folderProblem(name: string, kind: 'absent' | 'folder' | 'link' | 'submodule' | 'file'): string | undefined {
  if (kind === 'link') return `${name} is a symbolic link; make it a folder`;
  if (kind === 'submodule') return `${name} is a submodule; make it a folder of this repository`;
  return kind === 'file' ? `${name} is a file; make it a folder` : undefined;
}

/** Returns what is wrong with the names of the folders in `.cloud/charts/`, if anything is. */
export function chartsProblem(names: readonly string[]): string | undefined {
  if (names.length > mostCharts) return `charts has ${names.length} folders; ${mostCharts} are the most`;
  const long = names.find((name) => name.length > longestChartName);
  return long === undefined
    ? undefined
    : `charts has a folder ${long.slice(0, 20)}… whose name is too long; ${longestChartName} characters are the most`;
}

/** Returns why so many files that are no text are not read, if that is so. */
export function binaryProblem(count: number): string | undefined {
  return count > mostBinaryFiles
    ? `.cloud has ${count} files that are no UTF-8 text; ${mostBinaryFiles} are the most: leave out what no preview needs`
    : undefined;
}

/** Says whether rendering looks at a path below `.cloud/`: Dockerfiles, pipelines and Terraform are others' business, and may be large. */
export function isRendered(path: string): boolean {
  return /^(charts|manifests)(\/|$)/.test(path);
}

/** An entry of a Git tree that is no folder. `mode` as Git writes it, `size` in bytes. */
export type CloudEntry = { readonly path: string; readonly mode: string; readonly size: number };

/** More than that is not told one by one. */
const mostProblems = 50;
/** Longest name on Linux and macOS, in bytes. */
const longestName = 255;

/**
 * Returns what is wrong with the files below `.cloud/`, each with the path and the mend; empty when they may be read.
 * Nothing but their paths, modes and sizes is looked at, so that nothing has to be fetched before. The rules of paths
 * are those by which the files stay below one folder, and stay apart, on any file system.
 */
export function cloudProblems(entries: readonly CloudEntry[], limits: CloudLimits = cloudLimits): readonly string[] {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const bytes = sorted.reduce((sum, { size }) => sum + size, 0);
  const problems = [
    ...(sorted.length > limits.files
      ? [`.cloud has ${sorted.length} files; ${limits.files} are the most: leave out what no preview needs`]
      : []),
    ...(bytes > limits.bytes
      ? [`.cloud has ${bytes} bytes; ${limits.bytes} are the most: leave out what no preview needs`]
      : []),
    ...sorted.flatMap((entry) => entryProblems(entry, limits).map((problem) => `${shown(entry.path)} ${problem}`)),
    ...twins(sorted),
  ];
  const more = problems.length - mostProblems;
  return more > 0 ? [...problems.slice(0, mostProblems), `and ${more} more problems of this kind`] : problems;
}

function entryProblems({ path, mode, size }: CloudEntry, limits: CloudLimits): readonly string[] {
  const names = path.split('/');
  const problems = [modeProblem(mode), ...new Set(names.map(nameProblem)), driveProblem(path)];
  if (names.length > limits.depth)
    problems.push(`is ${names.length} names deep; ${limits.depth} are the most: move it up`);
  if (path.length > limits.pathLength) {
    problems.push(`has a path of ${path.length} characters; ${limits.pathLength} are the most: shorten its names`);
  }
  if (size > limits.fileBytes)
    problems.push(`has ${size} bytes; ${limits.fileBytes} are the most for one file: make it smaller`);
  return problems.filter((problem) => problem !== undefined);
}

/** Git's modes: https://git-scm.com/docs/git-fast-import, "filemodify". */
function modeProblem(mode: string): string | undefined {
  if (mode === '100644' || mode === '100755') return undefined;
  if (mode === '120000') return 'is a symbolic link; commit the file itself in its place';
  if (mode === '160000') return 'is a submodule; commit its files in its place';
  return `has the mode ${JSON.stringify(mode)}; make it a plain file (100644 or 100755)`;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'has an empty name in its path; rename it';
  if (name === '.' || name === '..') return `has "${name}" in its path; rename it`;
  if (/^(\.git|git~\d+)$/i.test(name)) return "has a name in its path that is Git's own; rename it";
  if (/\p{C}|\p{Zl}|\p{Zp}|\uFFFD/u.test(name))
    return 'has a character in its path that cannot be seen, or is no UTF-8; rename it';
  if (name.includes('\\')) return 'has a backslash in its path; rename it';
  if (/[. ]$/.test(name)) return 'has a name in its path that ends with a dot or a space; rename it';
  if (Buffer.byteLength(name) > longestName)
    return `has a name in its path of more than ${longestName} bytes; shorten it`;
  return undefined;
}

function driveProblem(path: string): string | undefined {
  return /^[a-z]:/i.test(path) ? 'has a path that begins like a drive; rename it' : undefined;
}

/**
 * Names in one folder that some file systems take for the same: they differ in case, or in how letters are composed. A
 * tree that was made by hand may even have one twice, or as a file and a folder.
 */
function twins(sorted: readonly CloudEntry[]): readonly string[] {
  const byFolded = new Map<string, Set<string>>();
  const remember = (path: string, end: '' | '/'): void => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const key = folder + folded(path.slice(folder.length));
    const paths = byFolded.get(key) ?? new Set<string>();
    byFolded.set(key, paths.add(path + end));
  };
  for (const { path } of sorted) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) remember(path.slice(0, end), '/');
    remember(path, '');
  }
  const twice = sorted.filter(({ path }, index) => path === sorted[index - 1]?.path);
  return [
    ...twice.map(({ path }) => `${shown(path)} is there twice; commit it once`),
    ...[...byFolded.values()]
      .filter((paths) => paths.size > 1)
      .map((paths) => {
        const all = [...paths].map(shown).join(', ');
        return `${all} are one name where case or the form of letters does not count; rename all but one`;
      }),
  ];
}

function folded(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** A path as it is told: quoted where it has anything but plain characters, cut where it is long. */
function shown(path: string): string {
  const short = path.length > 120 ? `${path.slice(0, 120)}…` : path;
  return /^[\w./@+ -]+$/.test(short.replace('…', '')) ? `.cloud/${short}` : `.cloud/${JSON.stringify(short)}`;
}
