import assert from 'node:assert/strict';
import { RenderRefused, type SourcedObject } from '../../../app/core/ports.ts';
import { defaultLimits, type RenderLimits, type RepositoryLimits } from '../../../app/io/render/limits.ts';
import { openRenderer, type OpenRenderer } from '../../../app/io/render/renderer.ts';
import { openFakeLog } from '../fake-clock.ts';
import { api, helm, requestFor, type Files } from './cloud.ts';
import { openChartRepository, type ChartRepository, type Published } from './repository.ts';

export const own = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: own }\n';

/** Returns a chart with dependencies, a line each. */
export function asking(dependencies: readonly string[], more: Files = {}): Files {
  return api({ 'templates/own.yaml': own, ...more }, `apiVersion: v2\nname: api\nversion: 0.1.0\ndependencies:\n${dependencies.map((one) => `  - ${one}\n`).join('')}`);
}

export type Told = readonly { readonly file: string; readonly name: string; readonly data: Readonly<Record<string, string>> }[];

/** Returns what came of the ConfigMaps, by file. */
export function told(objects: readonly SourcedObject[]): Told {
  return objects
    .map(({ file, object }) => ({ file, name: (object['metadata'] as { name: string }).name, data: (object['data'] ?? {}) as Record<string, string> }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** What is opened for a test: `close` closes all of it. */
export type Rig = {
  /** Warnings. */
  readonly lines: readonly string[];
  repositoryOf(...charts: readonly Published[]): Promise<ChartRepository>;
  open(listed: readonly string[], repositories?: Partial<RepositoryLimits>, limits?: Partial<RenderLimits>): OpenRenderer;
  close(): Promise<void>;
};

export function openRig(): Rig {
  const opened: { close(): Promise<void> }[] = [];
  const lines: string[] = [];
  return {
    lines,
    repositoryOf: async (...charts) => {
      const repository = await openChartRepository(...charts);
      opened.push(repository);
      return repository;
    },
    open: (listed, repositories = {}, limits = {}) => {
      const log = { ...openFakeLog(), warn: (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`) };
      const renderer = openRenderer({ helm, log, chartRepositories: listed, limits: { ...limits, repositories: { ...defaultLimits.repositories, ...repositories } } });
      opened.push(renderer);
      return renderer;
    },
    close: async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()));
      lines.splice(0);
    },
  };
}

async function thrownFor(renderer: OpenRenderer, files: Files): Promise<unknown> {
  return renderer.chart(requestFor(files)).then(
    (objects) => assert.fail(`was rendered: ${JSON.stringify(objects)}`),
    (thrown: unknown) => thrown,
  );
}

/** Returns what the branch is told. */
export async function problemsOf(renderer: OpenRenderer, files: Files): Promise<string> {
  const error = await thrownFor(renderer, files);
  assert.ok(error instanceof RenderRefused, String(error));
  assert.ok(error.problems.every((problem) => problem.startsWith('.cloud/charts/api/') && problem.length < 800 && !problem.includes('\n')), error.problems.join('\n'));
  return error.problems.join('\n');
}

/** Returns what is no fault of the branch. */
export async function troubleOf(renderer: OpenRenderer, files: Files): Promise<string> {
  const error = await thrownFor(renderer, files);
  assert.ok(error instanceof Error && !(error instanceof RenderRefused), `is told to the branch: ${String(error)}`);
  return error.message;
}
