import { chartsProblem, configProblem, folderProblem } from '../../core/cloud-rules.ts';
import type { CloudFolder, ConfigFile } from '../../core/facts.ts';
import type { CommitNode, FileNode, FolderNode } from './shapes.ts';

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
  const large = configProblem(blob.byteSize);
  if (large !== undefined) return unreadable(large);
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
  const problem = chartsProblem(names);
  if (problem !== undefined) return unreadable(problem);
  return { kind: 'folder', tree, charts: names.toSorted(), manifests: manifests !== null };
}

function wrongFolder(node: FolderNode | null, name: string): string | undefined {
  if (node === null || (node.mode === folder && node.object?.__typename === 'Tree')) return undefined;
  return folderProblem(name, node.mode === symbolicLink ? 'link' : node.mode === submodule ? 'submodule' : 'file');
}
