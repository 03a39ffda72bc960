import { formatKey, parseKey, type PullRequestKey } from './key.ts';

/** What a queue entry asks for. A hint may be wider than a key: a worker expands it. */
export type Work =
  | { readonly kind: 'pull-request'; readonly key: PullRequestKey }
  | { readonly kind: 'report'; readonly key: PullRequestKey }
  | { readonly kind: 'check'; readonly installation: number; readonly repository: string; readonly sha: string }
  /** Something was said about a commit; every pull request that has it as its head may change. */
  | { readonly kind: 'commit'; readonly installation: number; readonly repository: string; readonly sha: string }
  | { readonly kind: 'repository'; readonly installation: number; readonly repository: string }
  | { readonly kind: 'installation'; readonly installation: number }
  | { readonly kind: 'resync' };

/** Returns the queue's id for a piece of work; the same work has the same id. */
export function formatWork(work: Work): string {
  switch (work.kind) {
    case 'pull-request':
    case 'report':
      return `${work.kind}/${formatKey(work.key)}`;
    case 'check':
    case 'commit':
      return `${work.kind}/${work.installation}/${work.repository}/${work.sha}`;
    case 'repository':
      return `repository/${work.installation}/${work.repository}`;
    case 'installation':
      return `installation/${work.installation}`;
    case 'resync':
      return 'resync';
  }
}

/** Returns the work that `formatWork` wrote, or undefined for any other text (an entry of another version). */
export function parseWork(id: string): Work | undefined {
  const work = readWork(id);
  return work && formatWork(work) === id ? work : undefined;
}

function readWork(id: string): Work | undefined {
  if (id === 'resync') return { kind: 'resync' };
  const slash = id.indexOf('/');
  const [kind, rest] = [id.slice(0, slash), id.slice(slash + 1)];
  if (kind === 'pull-request' || kind === 'report') {
    const key = parseKey(rest);
    return key && { kind, key };
  }
  const [installation = '', repository = '', sha = ''] = rest.split('/');
  if (!/^[1-9]\d*$/.test(installation)) return undefined;
  if (kind === 'installation') return { kind, installation: Number(installation) };
  if (kind === 'repository' && repository) return { kind, installation: Number(installation), repository };
  if ((kind === 'check' || kind === 'commit') && repository && sha) return { kind, installation: Number(installation), repository, sha };
  return undefined;
}
