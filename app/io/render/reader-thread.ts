import { parentPort, workerData } from 'node:worker_threads';
import { readYaml } from '../../config/yaml.ts';
import { indexEntry, type IndexEntry } from '../charts/index-entry.ts';
import { inspectChart, type Fetched, type Inspection } from './inspect-chart.ts';
import type { RenderLimits } from './limits.ts';
import { readManifests, readRendered, type ReadAnswer, type Sources } from './read-objects.ts';

/** What a thread is asked for. Everything that a branch or a chart repository wrote is read here, where it can be stopped. */
export type ReaderJob =
  | { readonly kind: 'config'; readonly text: string; readonly file: string }
  | { readonly kind: 'inspect'; readonly folder: string; readonly files: readonly { readonly path: string; readonly content: Uint8Array }[]; readonly fetched: Fetched }
  | { readonly kind: 'index'; readonly content: Uint8Array; readonly name: string; readonly version: string }
  | { readonly kind: 'rendered'; readonly folder: string; readonly sources: Sources; readonly output: Uint8Array }
  | { readonly kind: 'manifests'; readonly files: readonly { readonly file: string; readonly content: Uint8Array }[]; readonly values: Readonly<Record<string, string>> };

export type ReaderAnswers = {
  readonly config: undefined;
  readonly inspect: Inspection;
  readonly index: IndexEntry;
  readonly rendered: ReadAnswer;
  readonly manifests: ReadAnswer;
};

export type ReaderReply = { readonly answer: ReaderAnswers[ReaderJob['kind']] } | { readonly error: string; readonly tooDeep: boolean };

const limits = workerData as RenderLimits;

function run(job: ReaderJob): ReaderAnswers[ReaderJob['kind']] {
  switch (job.kind) {
    case 'config':
      // What the reconcile will do with it, tried where it can be stopped.
      readYaml(job.text, job.file);
      return undefined;
    case 'inspect':
      return inspectChart(job.folder, new Map(job.files.map(({ path, content }) => [path, content])), limits, job.fetched);
    case 'index':
      return indexEntry(job.content, job, limits.yaml);
    case 'rendered':
      return readRendered(job.output, job, limits.yaml);
    case 'manifests':
      return readManifests(job.files, job.values, limits.yaml);
  }
}

parentPort?.on('message', (job: ReaderJob) => {
  let reply: ReaderReply;
  try {
    reply = { answer: run(job) };
  } catch (thrown) {
    reply = { error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), tooDeep: thrown instanceof RangeError };
  }
  parentPort?.postMessage(reply);
});

parentPort?.postMessage('ready');
