import type { CloudFolder, ConfigFile } from '../../core/facts.ts';
import type { CommitNode, FileNode, FolderNode } from './shapes.ts';

/** Larger than any project config that a person writes. */
const mostConfigBytes = 64 * 1024;
/** More apps than any project has; their names are kept with the facts. */
const mostCharts = 50;
const longestChartName = 100;

/** Git's modes, as GraphQL's integers. */
const [symbolicLink, folder, submodule] = [0o120000, 0o40000, 0o160000];

/** Returns `.cloud/preview.yaml` as one commit has it. */
export function configOf(file: FileNode | null): ConfigFile {
  if (file === null) return { kind: 'absent' };
  const unreadable = (why: string): ConfigFile => ({ kind: 'unreadable', why });
  // Its text would be the target's path.
  if (file.mode === symbolicLink) return unreadable('it is a symbolic link; make it a plain file');
  const blob = file.object;
  if (blob?.__typename !== 'Blob') return unreadable('it is no file');
  const { byteSize } = blob;
  if (byteSize > mostConfigBytes) return unreadable(`it has ${byteSize} bytes; ${mostConfigBytes} are the most`);
  if (blob.isBinary !== false || blob.text === null) return unreadable('it is no UTF-8 text');
  if (blob.isTruncated) return unreadable('GitHub gave only a part of it');
  return { kind: 'file', text: blob.text };
}

/** Returns the folder `.cloud/` of one commit. What stands in the place of a folder, and is none, makes it unreadable. */
export function cloudOf({ cloud, charts, manifests }: Pick<CommitNode, 'cloud' | 'charts' | 'manifests'>): CloudFolder {
  if (cloud === null) return { kind: 'absent' };
  const unreadable = (why: string): CloudFolder => ({ kind: 'unreadable', why });
  const wrong = wrongFolder(cloud, 'it') ?? wrongFolder(charts, 'charts') ?? wrongFolder(manifests, 'manifests');
  if (wrong !== undefined) return unreadable(wrong);
  const tree = cloud.object?.oid;
  if (tree === undefined) throw new Error('GitHub gave no hash of the folder .cloud');
  if (charts !== null && charts.object?.entries === undefined) {
    return unreadable('charts has more entries than GitHub lists; keep there only the folders of charts');
  }
  const names = (charts?.object?.entries ?? []).filter(({ mode }) => mode === folder).map(({ name }) => name);
  if (names.length > mostCharts) return unreadable(`charts has ${names.length} folders; ${mostCharts} are the most`);
  const long = names.find((name) => name.length > longestChartName);
  if (long !== undefined) {
    return unreadable(
      `charts has a folder ${long.slice(0, 20)}… whose name is too long; ${longestChartName} characters are the most`,
    );
  }
  return { kind: 'folder', tree, charts: names.toSorted(), manifests: manifests !== null };
}

/** Returns why this is no folder; undefined where it is one, or where nothing is. */
function wrongFolder(node: FolderNode | null, name: string): string | undefined {
  if (node === null || (node.mode === folder && node.object?.__typename === 'Tree')) return undefined;
  if (node.mode === symbolicLink) return `${name} is a symbolic link; make it a folder`;
  if (node.mode === submodule) return `${name} is a submodule; make it a folder of this repository`;
  return `${name} is a file; make it a folder`;
}
