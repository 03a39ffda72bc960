import { createHash } from 'node:crypto';
import { shown } from '../../core/outside-text.ts';
import { RenderRefused, type Cloud } from '../../core/ports.ts';
import { foldersToo, wrongPath } from './paths.ts';

/** A chart's folder of a branch. */
export type ChartFolder = {
  /** From the repository's root. */
  readonly path: string;
  /** By their paths in the folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 of the files' paths and contents. */
  readonly hash: string;
};

const folders = new WeakMap<Cloud, Map<string, ChartFolder>>();

/** Returns the files of `charts/<chart>/`. Throws a RenderRefused when there are none, or when a path is no plain path. */
export function chartFolder(cloud: Cloud, chart: string): ChartFolder {
  const known = folders.get(cloud) ?? new Map<string, ChartFolder>();
  folders.set(cloud, known);
  const folder = known.get(chart) ?? read(cloud, chart);
  known.set(chart, folder);
  return folder;
}

function read(cloud: Cloud, chart: string): ChartFolder {
  const path = `.cloud/charts/${shown(chart, 100)}`;
  const prefix = `charts/${chart}/`;
  const files = new Map(cloud.files.filter((file) => file.path.startsWith(prefix)).map((file) => [file.path.slice(prefix.length), file.content]));
  if (wrongPath(chart) !== undefined || chart.includes('/') || files.size === 0) throw new RenderRefused([`${path}: there is no such folder with files — put the chart there`]);
  const problems = [
    ...[...files.keys()].flatMap((name) => {
      const wrong = wrongPath(name);
      return wrong === undefined ? [] : [`${path}/${shown(name, 200)}: ${wrong} — rename it`];
    }),
    ...foldersToo(files.keys()).map((name) => `${path}/${shown(name, 200)}: is in a folder that is a file, too — keep one of the two`),
  ];
  if (problems.length > 0) throw new RenderRefused(problems.slice(0, 20));
  return { path, files, hash: hashOf(files) };
}

function hashOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${Buffer.byteLength(path)} ${path} ${content.length} `).update(content);
  }
  return hash.digest('hex');
}
