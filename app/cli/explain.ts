import { BootError, findRepository, openClients, openEngine, type Engine } from '../compose.ts';
import { messageOf } from '../core/errors.ts';
import type { PullRequestKey } from '../core/key.ts';
import { describeRef, refOf } from '../core/object.ts';
import { homeCluster, KubernetesError, type Cluster, type Log } from '../core/ports.ts';
import type { Trouble } from '../core/record.ts';
import { readBoot } from '../process.ts';
import type { Deps } from '../reconcile/deps.ts';
import { gather, PullRequestNotShown, type Gathered } from '../reconcile/gather.ts';
import type { PreviewPlan } from '../reconcile/plan.ts';
import type { Step } from '../reconcile/step.ts';
import { plan, type Planned } from '../reconcile/planning.ts';
import type { Rendering } from '../reconcile/render/render.ts';
import type { PullRequestName } from './command-line.ts';
import { reasonsOf } from './reasons.ts';
import type { PreviewResult, Result, StepResult } from './result.ts';
import { noVisits } from '../core/visits.ts';

/** How long a cluster may take to tell what there is, in milliseconds. */
const listedWithinMs = 30_000;

/**
 * `avant explain`: reads one pull request and the cluster as a reconcile would, and returns the plan and why it is that. Throws a
 * BootError for what is to be set right first.
 */
export async function explain(what: PullRequestName): Promise<Result> {
  const { env, platform } = readBoot({ web: false, redis: false });
  const troubles: string[] = [];
  const log = quietLog(troubles);
  const clients = openClients(env, log);
  try {
    const at = await findRepository(clients, what).catch((error: unknown) => {
      throw error instanceof BootError
        ? error
        : new BootError(`GitHub did not tell about ${what.owner}/${what.name}: ${messageOf(error)}`);
    });
    // What is only looked at takes nothing from the budget of writes, and needs no Redis.
    const engine = openEngine({
      env: { ...env, redisUrl: undefined },
      platform,
      clients,
      ask: () => Promise.resolve(),
      log,
      visits: noVisits,
    });
    try {
      await hearClusters(engine, platform.namespace, troubles);
      const explained = await planOnly({ ...at, number: what.number }, engine.deps).catch((error: unknown) => notShown(error, what));
      if (!explained)
        throw new BootError('GitHub tells the App nothing of this repository: its installation is suspended or gone');
      return resultOf(explained, platform.label);
    } finally {
      await engine.close();
    }
  } finally {
    await clients.close();
  }
}

/** Names the pull request as it was typed; whatever else went wrong stays as it is. */
function notShown(error: unknown, { owner, name, number }: PullRequestName): never {
  if (!(error instanceof PullRequestNotShown)) throw error;
  throw new BootError(
    `GitHub shows the App no pull request ${owner}/${name}#${number}: see that the number is right, and that it is a pull request’s and not an issue’s`,
  );
}

/** Keeps what went wrong, the latest last: it is told where it kept something from being known. */
function quietLog(troubles: string[]): Log {
  const keep = (fields: object): void => {
    if ('error' in fields) troubles.push(messageOf(fields.error));
  };
  return { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
}

/** Waits until the clusters have told what there is. Without the home cluster nothing is known; only a tenant's goes without another. */
async function hearClusters({ deps }: Engine, namespace: string, troubles: readonly string[]): Promise<void> {
  const answering = (
    await Promise.all([...deps.clusters.values()].map((cluster) => answers(cluster, namespace)))
  ).flat();
  const until = performance.now() + listedWithinMs;
  const silent = (): readonly Cluster[] => answering.filter((cluster) => !cluster.fresh());
  while (silent().length > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  if (silent().some(({ name }) => name === homeCluster))
    throw new BootError(
      `KUBECONFIG: the cluster did not tell in ${listedWithinMs / 1_000} s what there is: ${troubles.at(-1) ?? 'no answer'}`,
    );
}

/** A watch tries again for ever; one question tells at once whether there is anybody who answers. Returns the cluster if it does. */
async function answers(cluster: Cluster, namespace: string): Promise<readonly Cluster[]> {
  try {
    await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    return [cluster];
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 403) return [cluster];
    if (cluster.name !== homeCluster) return [];
    throw new BootError(`KUBECONFIG: the cluster did not tell about the namespace ${namespace}: ${messageOf(error)}`);
  }
}

type Explained = Planned & { readonly gathered: Gathered };

/** Plans without writing anything: a name that nobody holds is taken to be ours. */
async function planOnly(key: PullRequestKey, deps: Deps): Promise<Explained | undefined> {
  const claims: Deps['claims'] = {
    ...deps.claims,
    claim: (name, holder) => Promise.resolve(deps.claims.holderOf(name) ?? holder),
  };
  const dry = { ...deps, claims };
  const gathered = await gather(key, true, dry);
  return gathered && { gathered, ...(await plan(key, gathered, true, dry)) };
}

function resultOf({ gathered, desired, rendered, plan: { previews, removals } }: Explained, label: string): Result {
  const { verdict, reason, problems } = desired.decision;
  const { held, lines } = reasonsOf(desired, gathered, label);
  const [first = '', ...more] = lines;
  return {
    decision: { verdict, reason },
    why: held ? more : lines,
    problems: held ? [first, ...problems] : problems,
    unknown: [],
    previews: previews.map((one) =>
      previewOf(one, rendered.get(one.preview), gathered.stored?.record.tenants[one.preview.tenant]?.trouble),
    ),
    removals: removals.map(({ namespace, steps }) => ({ namespace, steps: steps.map(described) })),
  };
}

function previewOf(
  { preview, stages, met }: PreviewPlan,
  rendering: Rendering | undefined,
  before: Trouble | undefined,
): PreviewResult {
  const { tenant, namespace, apps } = preview;
  const told =
    met === undefined
      ? 'nothing'
      : met.reason === 'NamespaceTerminating'
        ? 'note'
        : met.problems === undefined && ours.has(met.reason)
          ? 'unknown'
          : 'problem';
  const messages = met === undefined ? [] : (met.problems ?? [met.message]);
  return {
    tenant,
    namespace,
    links: apps.map(({ url }) => url),
    problems: told === 'problem' ? messages : [],
    unknown: told === 'unknown' ? messages : [],
    notes: [
      ...(rendering?.kind === 'ready' ? rendering.notes : []),
      ...(told === 'note' ? messages : []),
      ...(before?.message === met?.message ? [] : lastMet(before)),
    ],
    steps: stages.flat().map(described),
  };
}

/** Without problems of the branch, these are troubles of ours, which may pass. */
const ours: ReadonlySet<Trouble['reason']> = new Set(['RenderFailed', 'ApplyFailed']);

function lastMet(trouble: Trouble | undefined): readonly string[] {
  if (!trouble) return [];
  const { reason, message, failures, retryAt } = trouble;
  const tries = failures === 1 ? '' : `, ${failures} times in a row`;
  return [
    `the last try met ${reason}${tries}${retryAt === undefined ? '' : `, the next is at ${retryAt}`}: ${message}`,
  ];
}

function described(step: Step): StepResult {
  return { do: step.do, object: describeRef(step.do === 'remove' ? step.ref : refOf(step.object)), why: step.reason };
}
