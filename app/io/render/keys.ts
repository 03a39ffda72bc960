import type { ChartRequest } from '../../core/ports.ts';
import { canonicalJson, sha256 } from '../../core/object.ts';
import type { WholeChart } from './chart-plans.ts';
import { replaceTexts, withMarks, type Replacement } from './per-commit.ts';

/** What a rendering depends on: with the texts of its commit, and without. */
export type Keys = { readonly exact: string; readonly anyCommit: string };

/**
 * Returns the keys of a request. Equal inputs have equal keys, whatever the tree that the chart's folder is in; of what is fetched each
 * version and its digest count.
 */
export function keysOf(request: ChartRequest, { folder, digests }: WholeChart): Keys {
  const { chart, release, namespace, tenant, kubeVersion = null } = request;
  const texts = textsOf(request);
  const values = request.values.map((one) => withMarks(one, texts));
  const computed = withMarks(request.computed, texts);
  // How long the texts are, and how they are part of each other, as a commit and its short form: what is made for one commit must fit the next.
  const parts = texts.map((text) => [text.length, ...texts.map((other) => text.indexOf(other))]);
  const anyCommit = sha256(canonicalJson({ folder: folder.hash, digests, chart, release, namespace, tenant, kubeVersion, values, computed, parts }));
  return { anyCommit, exact: `${anyCommit} ${sha256(JSON.stringify(texts))}` };
}

/** Returns the texts that change with each commit, each once. */
export function textsOf({ perCommit }: ChartRequest): readonly string[] {
  return [...new Set(perCommit)].filter((text) => text !== '');
}

/** Returns the request with other texts in all its values. */
export function withTexts(request: ChartRequest, replacements: readonly Replacement[]): ChartRequest {
  return { ...request, values: request.values.map((one) => replaceTexts(one, replacements)), computed: replaceTexts(request.computed, replacements) };
}
