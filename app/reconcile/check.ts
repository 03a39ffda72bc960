import { formatKey } from '../core/key.ts';
import { canonicalJson, sha256 } from '../core/object.ts';
import type { CheckContent } from '../core/ports.ts';
import type { Outcome, Run } from '../core/queue.ts';
import type { PullRequestRecord } from '../core/record.ts';
import { checkFor } from '../core/report/check.ts';
import type { Deps } from './deps.ts';
import { adoptedHash } from './said.ts';
import { later, recentMs, remember, statesOf, targetOf, write } from './telling.ts';

/** What the check of a commit says once another commit is the head. */
const superseded: CheckContent = {
  status: 'completed',
  conclusion: 'neutral',
  title: 'A newer commit is previewed',
  summary: 'This commit is no longer the head of its pull request.',
};

/** Returns whether the check of a record's head commit says what it should. */
export function checkToSay(record: PullRequestRecord, deps: Deps): 'said' | 'unsaid' {
  const content = contentFor(record.key.repository, record.facts.pullRequest.headSha, deps);
  const { check } = record.said;
  if (check && check.sha !== record.facts.pullRequest.headSha) return 'unsaid';
  if (!content) return 'said';
  return check?.hash === hashOf(content) ? 'said' : 'unsaid';
}

/** Says how a commit stands: one check for all the pull requests that have it as their head. */
export async function reportCheck(at: { installation: number; repository: string; sha: string }, run: Run, deps: Deps): Promise<Outcome> {
  const records = recordsAt(at.repository, at.sha, deps);
  for (const record of records) await closeOlder(record, at.sha, deps);
  const content = contentFor(at.repository, at.sha, deps);
  const [first] = records;
  if (!content || !first) return {};
  const remembered = records.map(({ said }) => said.check).find((check) => check?.sha === at.sha);
  const known = remembered && isCertain(remembered) ? remembered : await find(first, at.sha, run, deps);
  if (known === 'moved') return {};
  // Should this process end before it remembers the one that it makes, GitHub has to be asked which is the newest.
  if (known && reopens(known, content)) for (const { key } of records) await remember(key, (said) => ({ ...said, check: { id: known.id, sha: at.sha, hash: 'completed' } }), deps);
  const hash = hashOf(content);
  const told = known?.hash === hash ? { id: known.id, at: '' } : await tell(first, known, content, deps);
  for (const { key } of records) {
    await remember(key, (said) => ({ ...said, at: later(told.at, said.at), check: { id: told.id, sha: at.sha, hash } }), deps);
    await deps.ask({ kind: 'report', key });
  }
  return {};
}

function recordsAt(repository: string, sha: string, deps: Deps): readonly PullRequestRecord[] {
  return deps.records
    .list()
    .map(({ record }) => record)
    .filter(({ key, facts }) => key.repository === repository && facts.pullRequest.headSha === sha)
    .sort((a, b) => a.key.number - b.key.number);
}

function contentFor(repository: string, sha: string, deps: Deps): CheckContent | undefined {
  const { label, check } = deps.platform();
  const entries = recordsAt(repository, sha, deps).map((record) => ({ record, states: statesOf(record, deps), label }));
  return checkFor(entries, check === 'always');
}

/** The check of the commit before is not left open; another pull request may still have that commit as its head. */
async function closeOlder(record: PullRequestRecord, sha: string, deps: Deps): Promise<void> {
  const { check } = record.said;
  if (!check || check.sha === sha) return;
  const open = !check.hash.startsWith('completed') && recordsAt(record.key.repository, check.sha, deps).length === 0;
  const answer = open ? await write(record.key.installation, 'write', () => deps.github.updateCheck(targetOf(record), check.id, superseded), deps) : 'gone';
  const told = answer === 'gone' ? '' : answer.at;
  await remember(record.key, (said) => (said.check?.id === check.id ? { ...said, at: later(told, said.at), check: undefined } : said), deps);
}

/** Asks GitHub for a check that we made and do not remember; `moved` when the head is another commit by now, which has its own hint. */
async function find(record: PullRequestRecord, sha: string, run: Run, deps: Deps): Promise<{ id: number; hash: string } | 'moved' | undefined> {
  const recent = run.attempt === 1 ? deps.reads.take(record.key, 'check', recentMs) : undefined;
  const { answer } = recent ?? (await deps.reads.read(record.key, record, deps.platform().tenants));
  if (answer.kind !== 'found') throw new Error(`GitHub does not show ${formatKey(record.key)}`);
  if (answer.facts.pullRequest.headSha !== sha) return 'moved';
  return answer.seen.check && { id: answer.seen.check.id, hash: adoptedHash(answer.seen.check) };
}

/** Whether it is remembered what a check says: a hash has the check's status before it. */
function isCertain({ hash }: { readonly hash: string }): boolean {
  return hash.includes(' ');
}

/** A completed check run cannot be opened again; of several with one name GitHub shows the newest. */
function reopens({ hash }: { readonly hash: string }, content: CheckContent): boolean {
  return hash.startsWith('completed') && content.status !== 'completed';
}

async function tell(record: PullRequestRecord, known: { id: number; hash: string } | undefined, content: CheckContent, deps: Deps): Promise<{ id: number; at: string }> {
  const target = targetOf(record);
  if (known && !reopens(known, content)) {
    const answer = await write(target.installation, 'write', () => deps.github.updateCheck(target, known.id, content), deps);
    if (answer !== 'gone') return { id: known.id, at: answer.at };
  }
  const sha = record.facts.pullRequest.headSha;
  return write(target.installation, 'content', () => deps.github.createCheck(target, { ...content, sha }), deps);
}

function hashOf(content: CheckContent): string {
  return `${content.status} ${sha256(canonicalJson(content)).slice(0, 16)}`;
}

