import * as z from 'zod';
import type { GitHubReader } from '../../core/ports.ts';
import { saysNotFound, shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';

type Permission = Awaited<ReturnType<GitHubReader['permission']>>;

/** How long an answer is used, in milliseconds: one command asks more than once. */
const keptMs = 60_000;
const mostKept = 1_000;

/**
 * The old names, which GitHub gives beside the roles: `maintain` is `write` here, `triage` is `read` ("Get repository
 * permissions for a user", docs.github.com).
 */
const permissionShape = z.object({ permission: z.enum(['admin', 'write', 'read', 'none']) });

/**
 * Opens the reader of people's permissions (`GitHubReader.permission`). An App has no permission of its own by which it
 * might ask for something, so that every `name[bot]` has `none`; so has what is no login.
 */
export function openPermissions(clients: GitHubClients): GitHubReader['permission'] {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<Permission> }>();
  return (installation, repository, login) => {
    // Letters, digits and hyphens, and of managed users an underscore: nothing that a path would have to encode.
    if (!/^[a-z\d_-]+$/i.test(login)) return Promise.resolve('none');
    const { owner, name } = repository;
    const key = [installation, owner, name, login].join('/').toLowerCase();
    const now = clients.clock.monotonicMs();
    const known = kept.get(key);
    if (known && known.until > now) return known.answer;
    const answer = readPermission(clients, installation, { owner, repo: name, username: login });
    kept.delete(key);
    kept.set(key, { until: now + keptMs, answer });
    answer.catch(() => {
      if (kept.get(key)?.answer === answer) kept.delete(key);
    });
    const oldest = kept.size > mostKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return answer;
  };
}

async function readPermission(
  clients: GitHubClients,
  installation: number,
  of: { readonly owner: string; readonly repo: string; readonly username: string },
): Promise<Permission> {
  try {
    const { data } = await clients.installation(installation).rest.repos.getCollaboratorPermissionLevel(of);
    return shaped(permissionShape, data, 'GitHub on the permission').permission;
  } catch (error) {
    if (saysNotFound(error)) return 'none';
    throw error;
  }
}
