import type { TenantState } from '../core/health.ts';
import { hashOfBody, type OurComment } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { NotYetError } from '../core/errors.ts';
import type { Outcome, Run } from '../core/queue.ts';
import type { PullRequestRecord } from '../core/record.ts';
import { commentBody } from '../core/report/comment.ts';
import { reactionsToSay, type Reaction } from '../core/report/commands.ts';
import { environmentName, planDeployments, type DeploymentStep } from '../core/report/deployments.ts';
import { checkToSay } from './check.ts';
import type { Deps } from './deps.ts';
import type { Read } from './reads.ts';
import { rememberSeen } from './said.ts';
import { later, recentMs, remember, statesOf, targetOf, write, type Telling } from './telling.ts';

/** How many last lines of a failing container are shown. */
const logLines = 15;
/** Below this share of the burst, states that only pass by are not written. */
const pressure = 0.3;

/**
 * Says on GitHub how a pull request stands: the comment first, then the check (a job of its own, since a commit may have several
 * pull requests), then the deployments. Only what changed is written, and what could not be written now is asked for again.
 */
export async function reportPullRequest(key: PullRequestKey, run: Run, deps: Deps): Promise<Outcome> {
  const stored = deps.records.get(key);
  if (!stored) return {};
  const { record } = stored;
  const gone = record.decision.reason === 'Missing';
  const states = statesOf(record, deps);
  const check = gone ? 'said' : checkToSay(record, deps);
  const askForCheck = async (): Promise<void> => {
    const { installation, repository } = key;
    if (check === 'unsaid') await deps.ask({ kind: 'check', installation, repository, sha: record.facts.pullRequest.headSha });
  };
  if (!gone) await tell(record, states, { run, askForCheck }, deps);
  await forgetWhenOver(key, check === 'said', states, deps);
  return {};
}

async function tell(
  record: PullRequestRecord,
  states: readonly TenantState[],
  { run, askForCheck }: { run: Run; askForCheck: () => Promise<void> },
  deps: Deps,
): Promise<void> {
  const telling: Telling = { said: record.said };
  const { label, domain, tenants, registries } = deps.platform();
  const example = { domain, tenants, registry: registries?.find(({ prefix }) => !prefix.startsWith('docker.io'))?.prefix };
  const compose = (logs: Record<string, readonly string[]>): string | undefined => commentBody({ record, states, logs, label, example });
  const plain = compose({});
  const underPressure = (await deps.budget.left(record.key.installation)) < pressure;
  const steps = (): readonly DeploymentStep[] => planDeployments({ record: { ...record, said: telling.said }, states, pressure: underPressure });
  const creates = (plain !== undefined && !telling.said.comment) || steps().some((step) => step.do === 'create');
  const recent = run.attempt === 1 ? deps.reads.take(record.key, 'report', recentMs) : undefined;
  const doubled = recent?.answer.kind === 'found' && recent.answer.seen.extraComments.length > 0;
  try {
    if (creates || doubled) await lookFirst(record, recent, telling, deps);
    const refused = plain === undefined ? undefined : await refusalOf(() => tellComment(record, { plain, full: async () => compose(await lastLines(record, states, deps)) ?? plain }, telling, deps));
    // A person waits for the answer to a command.
    for (const { comment, reaction } of reactionsToSay({ ...record, said: telling.said })) await react(record, comment, reaction, telling, deps);
    await askForCheck();
    // A new deployment has an id only once it is made, so its state is planned afterwards.
    for (let step = steps()[0]; step; step = steps()[0]) await tellDeployment(record, step, telling, deps);
    if (refused) throw refused;
  } finally {
    // The check is the check job's to remember; what a reconcile saw meanwhile stays unless something was written here.
    const { said } = telling;
    if (said !== record.said) await remember(record.key, (newest) => ({ ...said, at: later(newest.at, said.at), check: newest.check }), deps);
  }
}

/** Returns why a write was refused: on a locked conversation the check and the deployments still tell. No budget left stops everything. */
async function refusalOf(tell: () => Promise<void>): Promise<Error | undefined> {
  try {
    await tell();
    return undefined;
  } catch (error) {
    if (error instanceof NotYetError || !(error instanceof Error)) throw error;
    return error;
  }
}

/** Before anything is created, GitHub is asked whether it is there: an answer may have been lost, or a process with it. */
async function lookFirst(record: PullRequestRecord, recent: Read | undefined, telling: Telling, deps: Deps): Promise<void> {
  const { answer } = recent ?? (await deps.reads.read(record.key, record, deps.platform().tenants));
  if (answer.kind !== 'found') throw new Error(`GitHub does not show ${formatKey(record.key)}`);
  // Within a second of our last write the read may have missed it; another is made when GitHub's clock has moved on.
  if (answer.facts.readAt <= telling.said.at) throw new NotYetError('GitHub was read in the second of our last write', 1_000);
  telling.said = rememberSeen(telling.said, answer.seen, answer.facts.readAt, answer.facts.pullRequest.headSha);
  for (const id of answer.seen.extraComments) {
    const { at } = await write(record.key.installation, 'write', () => deps.github.deleteComment(targetOf(record), id), deps);
    telling.said = { ...telling.said, at: later(at, telling.said.at) };
  }
}

/** The body without the containers' last lines, and the whole: the lines are fetched only when there is something to write. */
type Body = { readonly plain: string; readonly full: () => Promise<string> };

async function tellComment(record: PullRequestRecord, body: Body, telling: Telling, deps: Deps): Promise<void> {
  const { said } = telling;
  const plain = hashOfBody(body.plain);
  const asWeWroteIt = said.comment !== undefined && said.comment.bodyHash === said.body?.full;
  if (asWeWroteIt && said.body.plain === plain) return;
  const text = await body.full();
  const full = hashOfBody(text);
  const { comment, at } = said.comment?.bodyHash === full ? { comment: said.comment, at: said.at } : await writeComment(record, said.comment, text, deps);
  telling.said = { ...said, at: later(at, said.at), comment: { ...comment, bodyHash: full }, body: { full, plain } };
}

async function writeComment(record: PullRequestRecord, comment: OurComment | undefined, text: string, deps: Deps): Promise<{ comment: Omit<OurComment, 'bodyHash'>; at: string }> {
  const target = targetOf(record);
  if (comment) {
    const answer = await write(target.installation, 'write', () => deps.github.updateComment(target, comment.id, text), deps);
    if (answer !== 'gone') return { comment, at: answer.at };
  }
  const { at, ...created } = await write(target.installation, 'content', () => deps.github.createComment(target, text), deps);
  return { comment: created, at };
}

async function tellDeployment(record: PullRequestRecord, step: DeploymentStep, telling: Telling, deps: Deps): Promise<void> {
  const target = targetOf(record);
  const { installation } = target;
  const { deployments } = telling.said;
  if (step.do === 'create') {
    const { tenant, sha } = step;
    const payload = { key: formatKey(record.key), tenant };
    const content = { sha, environment: environmentName(tenant), payload, description: step.description };
    const { id, at } = await write(installation, 'content', () => deps.github.createDeployment(target, content), deps);
    telling.said = { ...telling.said, at: later(at, telling.said.at), deployments: [...deployments, { id, tenant, sha, state: 'pending' }] };
    return;
  }
  const answer = await write(installation, 'content', () => deps.github.setDeploymentState(target, step.id, step.state), deps);
  // One that somebody deleted is made again; one that was made just now and is denied would be made without end.
  if (answer === 'gone' && !record.said.deployments.some(({ id }) => id === step.id)) throw new Error(`GitHub made deployment ${step.id} and does not know it`);
  const others = deployments.filter(({ id }) => id !== step.id);
  const told = deployments.filter(({ id }) => id === step.id).map((deployment) => ({ ...deployment, state: step.state.state }));
  const over = answer === 'gone' || step.state.state === 'inactive';
  telling.said = { ...telling.said, at: answer === 'gone' ? telling.said.at : later(answer.at, telling.said.at), deployments: over ? others : [...others, ...told] };
}

/** The answer to a command, on the comment that has it. */
async function react(record: PullRequestRecord, comment: number, reaction: Reaction, telling: Telling, deps: Deps): Promise<void> {
  const target = targetOf(record);
  const { at } = await write(target.installation, 'content', () => deps.github.react(target, comment, reaction), deps);
  telling.said = { ...telling.said, at: later(at, telling.said.at), reacted: Math.max(comment, telling.said.reacted) };
}

async function lastLines(record: PullRequestRecord, states: readonly TenantState[], deps: Deps): Promise<Record<string, readonly string[]>> {
  const { logs } = deps.platform();
  const shown = logs === 'always' || (logs === 'private' && record.facts.repository.private);
  const failing = states.filter(({ cause }) => shown && cause?.logsOf);
  const entries = failing.map(async ({ tenant, cause }) => {
    const cluster = deps.clusters.get(record.tenants[tenant]?.cluster ?? '');
    // The container may be gone by now: then its cause is told without lines.
    const lines = cluster && cause?.logsOf ? await cluster.logs(cause.logsOf, logLines).catch(() => []) : [];
    return [tenant, lines] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The record goes after the last report on a pull request that is closed, or that GitHub no longer has. */
async function forgetWhenOver(key: PullRequestKey, checkSaid: boolean, states: readonly TenantState[], deps: Deps): Promise<void> {
  const stored = deps.records.get(key);
  if (!stored || !checkSaid || !['Closed', 'Merged', 'Missing'].includes(stored.record.decision.reason)) return;
  if (states.every(({ phase }) => phase === 'removed')) await deps.records.remove(stored);
}
