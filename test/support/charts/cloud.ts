import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sha256 } from '../../../app/core/object.ts';
import type { ChartRequest, Cloud } from '../../../app/core/ports.ts';
import { findHelm } from '../../../app/io/render/find-helm.ts';

export const helm = findHelm(process.env);

/**
 * Returns why charts cannot be rendered here, or undefined when they can: a text to skip by. Throws where `CI` is set: there a skipped
 * test would be taken for a passed one.
 */
export function helmProblem(): string | undefined {
  if (helm !== undefined) return undefined;
  const problem = 'there is no helm 4 (run install/helm.sh)';
  if (process.env['CI']) throw new Error(problem);
  return problem;
}

/** Files by their paths from `.cloud/`. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Returns `.cloud/` with these files, as a reader of GitHub gives it. */
export function cloudOf(files: Files): Cloud {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const tree = sha256(JSON.stringify(entries.map(([path, content]) => [path, Buffer.from(content).toString('base64')]))).slice(0, 40);
  return { tree, files: entries.map(([path, content]) => ({ path, content: Buffer.from(content) })) };
}

/** Returns the files of one of the charts beside this file, as `charts/<name>/…`. */
export function chartFiles(name: string): Files {
  const folder = join(import.meta.dirname, name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [`charts/${name}/${relative(folder, path)}`, readFileSync(path)];
  }));
}

export const commits = ['c0ffee1a2b3c4d5e6f708192a3b4c5d6e7f80910', 'decade42decade42decade42decade42decade42', '1234567890123456789012345678901234567890'] as const;

/** Returns a request for a chart as the reconcile makes it: previews of foo's pull request 241, for the tenant fr. */
export function requestFor(files: Files | Cloud, changes: Partial<ChartRequest> & { readonly sha?: string; readonly more?: ChartRequest['computed'] } = {}): ChartRequest {
  const { sha = commits[0], more = {}, ...rest } = changes;
  const cloud = 'tree' in files && Array.isArray(files.files) ? (files as Cloud) : cloudOf(files as Files);
  const shortSha = sha.slice(0, 7);
  const avant = { app: 'foo', part: '', host: 'foo-241-fr.preview.bar.com', url: 'https://foo-241-fr.preview.bar.com', tenant: 'fr', sha, shortSha, branch: 'feature-x', pullRequest: 241, ingressClass: 'haproxy-v1' };
  return {
    queue: 'acme/foo',
    cloud,
    chart: 'api',
    release: 'foo',
    namespace: 'foo-241-fr',
    tenant: 'fr',
    values: [],
    computed: { avant, image: { tag: sha }, ...(more as object) },
    perCommit: [sha, shortSha],
    kubeVersion: '1.36.1',
    ...rest,
  };
}

/** Returns the files of a chart called `api`: a Chart.yaml, and those given, by their paths in the chart's folder. */
export function api(files: Files, chart = 'apiVersion: v2\nname: api\nversion: 0.1.0\n'): Files {
  return Object.fromEntries(Object.entries({ 'Chart.yaml': chart, ...files }).map(([path, content]) => [`charts/api/${path}`, content]));
}
