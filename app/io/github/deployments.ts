import type { SeenDeployment } from '../../core/facts.ts';
import { formatKey, type PullRequestKey } from '../../core/key.ts';
import type { DeploymentNode } from './shapes.ts';

/** Returns the deployments whose payload names the key, each once. */
export function ownDeployments(key: PullRequestKey, nodes: readonly DeploymentNode[]): readonly SeenDeployment[] {
  const ours = new Map<number, SeenDeployment>();
  for (const { databaseId: id, commitOid: sha, environment, payload, latestStatus } of nodes) {
    if (id === null || environment === null || keyIn(payload) !== formatKey(key)) continue;
    ours.set(id, { id, environment, sha, state: latestStatus?.state.toLowerCase() ?? 'pending' });
  }
  return [...ours.values()];
}

/** The payload was written as an object; GraphQL gives it as JSON, in some versions as JSON of that JSON. */
function keyIn(payload: string | null): unknown {
  let value: unknown = payload;
  for (let layers = 0; layers < 2 && typeof value === 'string'; layers++) {
    try {
      value = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  return typeof value === 'object' && value !== null && 'key' in value ? value.key : undefined;
}
