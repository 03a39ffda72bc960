import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../compose.ts';
import { binaryProblem, chartsProblem, cloudProblems, configProblem, folderProblem, tooManyListed, type CloudEntry } from '../core/cloud-rules.ts';
import { messageOf } from '../core/errors.ts';
import { projectConfigPath, type CloudFolder, type ConfigFile } from '../core/facts.ts';
import { sha256 } from '../core/object.ts';
import { RenderRefused, type Cloud, type CloudFile } from '../core/ports.ts';

/** `.cloud/` of a checkout, as the reader of a branch on GitHub would give it (app/io/github/): the same rules, in the same words. */
export type CheckedOut = {
  readonly folder: CloudFolder;
  readonly config: ConfigFile;
  /** Reads the files that rendering looks at. Throws a RenderRefused for what a branch may not have. */
  cloud(): Cloud;
};

/** As many GitHub lists at once. */
const mostEntries = 100_000;

/** Looks at `.cloud/` of a directory, and follows no link in it. Throws a BootError for what cannot be read here. */
export function readFolder(dir: string): CheckedOut {
  checkDirectory(dir);
  const root = join(dir, '.cloud');
  const cloud = kindOf(root);
  if (cloud === 'absent') return withoutFiles({ kind: 'absent' });
  const wrong =
    folderProblem('it', cloud) ??
    folderProblem('charts', kindOf(join(root, 'charts'))) ??
    folderProblem('manifests', kindOf(join(root, 'manifests')));
  const config = cloud === 'folder' ? readConfig(join(dir, projectConfigPath)) : ({ kind: 'absent' } as const);
  if (wrong !== undefined) return { ...withoutFiles({ kind: 'unreadable', why: wrong }), config };
  const entries = entriesOf(root);
  const tree = sha256(entries.map(({ path, mode, size }) => `${mode} ${size} ${path}`).join('\n')).slice(0, 40);
  return { folder: folderOf(entries, tree), config, cloud: () => readFiles(root, entries, tree) };
}

function withoutFiles(folder: CloudFolder): CheckedOut {
  return { folder, config: { kind: 'absent' }, cloud: () => ({ tree: '', files: [] }) };
}

function checkDirectory(dir: string): void {
  const stat = tryTo(() => statSync(dir, { throwIfNoEntry: false }), dir);
  if (!stat) throw new BootError(`${dir} is not there: give the directory of a checkout`);
  if (!stat.isDirectory()) throw new BootError(`${dir} is no directory: give the directory of a checkout`);
}

type Kind = Parameters<typeof folderProblem>[1];

/** What Git would have at a path. It knows neither pipes nor sockets nor devices. */
function kindOf(path: string): Kind {
  const stat = statOf(path);
  if (!stat) return 'absent';
  if (stat.isDirectory()) return statOf(join(path, '.git')) ? 'submodule' : 'folder';
  if (stat.isSymbolicLink()) return 'link';
  return stat.isFile() ? 'file' : 'absent';
}

function readConfig(path: string): ConfigFile {
  const kind = kindOf(path);
  if (kind === 'absent') return { kind };
  const unreadable = (why: string): ConfigFile => ({ kind: 'unreadable', why });
  if (kind === 'link') return unreadable('it is a symbolic link; make it a plain file');
  if (kind !== 'file') return unreadable('it is no file');
  const large = configProblem(statOf(path)?.size ?? 0);
  if (large !== undefined) return unreadable(large);
  const content = tryTo(() => readFileSync(path), path);
  // What else is no UTF-8 is found, with its line, where the text is read.
  return content.includes(0) ? unreadable('it is no UTF-8 text') : { kind: 'file', text: content.toString() };
}

function folderOf(entries: readonly CloudEntry[], tree: string): CloudFolder {
  const charts = [...new Set(entries.flatMap(({ path }) => /^charts\/([^/]+)\//.exec(path)?.[1] ?? []))].sort();
  const why = chartsProblem(charts);
  if (why !== undefined) return { kind: 'unreadable', why };
  return { kind: 'folder', tree, charts, manifests: entries.some(({ path }) => path.startsWith('manifests/')) };
}

/** Returns what a branch would have in the folders that are rendered; of more than GitHub lists, one too many. */
function entriesOf(root: string): readonly CloudEntry[] {
  const entries: CloudEntry[] = [];
  for (const folder of ['charts', 'manifests']) {
    for (const entry of walk(root, folder)) if (entries.push(entry) > mostEntries) return entries;
  }
  return entries;
}

/** Git's modes: https://git-scm.com/docs/git-fast-import, "filemodify". Git has no empty folders. */
function* walk(root: string, path: string): Generator<CloudEntry> {
  const full = join(root, path);
  const kind = kindOf(full);
  if (kind === 'link') yield { path, mode: '120000', size: 0 };
  else if (kind === 'submodule') yield { path, mode: '160000', size: 0 };
  else if (kind === 'file') yield { path, mode: '100644', size: statOf(full)?.size ?? 0 };
  else if (kind === 'folder')
    for (const name of tryTo(() => readdirSync(full), full).sort()) yield* walk(root, `${path}/${name}`);
  // A name that is no UTF-8 leads nowhere as it is shown.
  else if (path.includes('\uFFFD')) yield { path, mode: '100644', size: 0 };
}

function readFiles(root: string, entries: readonly CloudEntry[], tree: string): Cloud {
  if (entries.length > mostEntries)
    throw new RenderRefused([tooManyListed]);
  const problems = cloudProblems(entries);
  if (problems.length > 0) throw new RenderRefused(problems);
  const files = entries
    .map(({ path }): CloudFile => ({ path, content: tryTo(() => readFileSync(join(root, path)), path) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const binary = new Set(
    files
      .filter(({ content }) => content.includes(0) || !isUtf8(content))
      .map(({ content }) => sha256(Buffer.from(content).toString('base64'))),
  );
  const problem = binaryProblem(binary.size);
  if (problem !== undefined) throw new RenderRefused([problem]);
  return { tree, files };
}

function statOf(path: string): Stats | undefined {
  return tryTo(() => lstatSync(path, { throwIfNoEntry: false }), path);
}

function tryTo<T>(read: () => T, path: string): T {
  try {
    return read();
  } catch (error) {
    throw new BootError(`${path} cannot be read (${messageOf(error)})`, { cause: error });
  }
}
