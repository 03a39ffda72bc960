import type { Seen } from '../core/facts.ts';
import { environmentName } from '../core/report/deployments.ts';
import type { Said } from '../core/record.ts';

/**
 * Brings what we remember having said up to what a read really saw: a comment deleted by hand is forgotten, so that it is
 * written again; one that we wrote but did not remember is adopted. A read that is not younger than our last write says
 * nothing: GitHub's clock has whole seconds, and the write may have come after it. But a comment that it shows, where we know of none, is
 * there: what was said was not kept (the API server was away), and whoever is merged meanwhile would never be told.
 */
export function rememberSeen(said: Said, seen: Seen, readAt: string, headSha: string): Said {
  const lost = said.comment === undefined && seen.comment !== undefined;
  if (readAt <= said.at && !lost) return said;
  const remembered = said.deployments.flatMap((deployment) => {
    // The read brings the deployments of the head commit; of older ones it says nothing.
    if (deployment.sha !== headSha) return [deployment];
    const found = seen.deployments.find(({ id }) => id === deployment.id);
    return found ? [{ ...deployment, state: found.state }] : [];
  });
  const tenantOf = (environment: string): string => environment.slice(environmentName('').length + 1);
  const adopted = seen.deployments
    .filter(({ id }) => !remembered.some((deployment) => deployment.id === id))
    .filter(({ state }) => state !== 'inactive')
    .map(({ id, environment, sha, state }) => ({ id, tenant: tenantOf(environment), sha, state }));
  return { at: said.at, comment: seen.comment, body: said.body, check: rememberCheck(said, seen, headSha), deployments: [...remembered, ...adopted], reacted: said.reacted };
}

/** The check of an older commit is kept, so that it can be closed; the one of the head is what was seen. */
function rememberCheck({ check }: Said, seen: Seen, headSha: string): Said['check'] {
  if (check && check.sha !== headSha) return check;
  if (!seen.check || check?.id === seen.check.id) return seen.check && check;
  return { id: seen.check.id, sha: headSha, hash: adoptedHash(seen.check) };
}

/** Returns the hash of a check that we made and do not remember: nothing is known of what it says but whether it is over. */
export function adoptedHash({ completed }: NonNullable<Seen['check']>): string {
  return completed ? 'completed' : '';
}
