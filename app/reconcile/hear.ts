import type { PullRequestRead } from '../core/facts.ts';
import { intentAfter, loginsToAsk } from '../core/intent.ts';
import type { PullRequestKey } from '../core/key.ts';
import type { Intent } from '../core/record.ts';
import type { Deps } from './deps.ts';

/**
 * Returns what people ask for after a read. What GitHub lets each of them do in the repository is asked for once per command and
 * label. Throws when GitHub does not tell: unknown is no refusal.
 */
export async function hear(key: PullRequestKey, { facts, comments }: Extract<PullRequestRead, { kind: 'found' }>, before: Intent, deps: Deps): Promise<Intent> {
  const { forks, tenants, label, people } = deps.platform();
  const { state, headSha, fork, labels } = facts.pullRequest;
  if (state !== 'open') return before;
  const heard = { comments, labels, labelled: facts.labelled };
  const rules = { headSha, fork, forks, tenants, label, people };
  const { owner, name } = facts.repository;
  const may = new Map(
    await Promise.all(
      loginsToAsk(before, heard, rules).map(async (login) => {
        const permission = await deps.github.permission(key.installation, { owner, name }, login);
        return [login, permission === 'admin' || permission === 'write'] as const;
      }),
    ),
  );
  return intentAfter(before, heard, (login) => may.get(login), rules);
}
