import { configuredApp } from '../config/platform.ts';
import { NotYetError } from '../core/errors.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { appName } from '../core/names.ts';
import { labelOfKey } from '../core/object.ts';
import { homeCluster, RenderRefused, type Cloud, type Observed } from '../core/ports.ts';
import type { PullRequestRecord } from '../core/record.ts';
import { decide, type Desired } from './decide.ts';
import type { Deps } from './deps.ts';
import type { Gathered } from './gather.ts';
import { planPullRequest, type Plan } from './plan.ts';
import type { Preview } from './preview.ts';
import { lackingPasswords } from './render/passwords.ts';
import { renderPreview, type RenderContext, type Rendering } from './render/render.ts';

/** How soon to look again while a cluster's watch is silent. */
const staleMs = 10_000;

/** Everything that is decided before anything is done. */
export type Planned = { readonly desired: Desired; readonly rendered: ReadonlyMap<Preview, Rendering>; readonly plan: Plan; readonly observed: ReadonlyMap<string, Observed> };

/** Decides and plans for one pull request: nothing is written but the claim of its app's name. */
export async function plan(key: PullRequestKey, gathered: Gathered, changed: boolean, deps: Deps): Promise<Planned> {
  const observed = observe(key, deps);
  const desired = await decideWithName(key, gathered, deps);
  const tenants = gathered.stored?.record.tenants ?? {};
  const rendered = new Map(await Promise.all(desired.previews.map(async (preview) => [preview, await render(preview, { observed, tenants, changed }, deps)] as const)));
  return { desired, rendered, observed, plan: planPullRequest({ desired, rendered, observed, tenants }) };
}

/** Renders a preview. Of one that stays as it was, what lets visitors in by a password is looked at nevertheless. */
async function render(
  preview: Preview,
  at: { readonly observed: ReadonlyMap<string, Observed>; readonly tenants: PullRequestRecord['tenants']; readonly changed: boolean },
  deps: Deps,
): Promise<Rendering> {
  const cluster = deps.clusters.get(preview.cluster);
  const observed = at.observed.get(preview.cluster);
  // One cluster that is out of reach holds up only the tenants that live there.
  if (!cluster || !observed) return { kind: 'refused', trouble: { reason: 'ApplyFailed', message: `Nothing has been heard from the cluster ${preview.cluster} for a while.` } };
  const rendering = await readAndRender(preview, { cluster, observed, before: at.tenants[preview.tenant], changed: at.changed }, deps);
  if (rendering.kind === 'ready') return rendering;
  const there = observed.objects.filter(({ metadata }) => metadata.namespace === preview.namespace);
  return { ...rendering, shut: (await lackingPasswords(preview, there, cluster)).map(({ secret }) => secret) };
}

async function readAndRender(preview: Preview, context: Omit<RenderContext, 'cloud'>, deps: Deps): Promise<Rendering> {
  try {
    return await renderPreview(preview, { ...context, cloud: await readCloud(preview, deps) }, deps);
  } catch (error) {
    if (!(error instanceof RenderRefused)) throw error;
    return { kind: 'refused', trouble: { reason: 'RenderFailed', message: 'The files of .cloud/ cannot be used.', problems: error.problems } };
  }
}

/** The files of `.cloud/` are read only for what needs them; the same tree is read once. */
async function readCloud({ apps, cloud, repository }: Preview, deps: Deps): Promise<Cloud | undefined> {
  if (cloud.kind !== 'folder' || apps.every(({ source }) => source.kind === 'template')) return undefined;
  const { installation, ...name } = repository;
  return deps.github.cloud(installation, name, cloud.tree);
}

/** What the clusters show that have been heard from lately. Without the home cluster nothing is known, not even the records. */
function observe(key: PullRequestKey, deps: Deps): ReadonlyMap<string, Observed> {
  const keyLabel = labelOfKey(formatKey(key));
  const heard = [...deps.clusters].filter(([, cluster]) => cluster.fresh());
  if (!heard.some(([name]) => name === homeCluster)) throw new NotYetError(`nothing has been heard from the cluster ${homeCluster} for a while`, staleMs);
  return new Map(heard.map(([name, cluster]) => [name, cluster.observed(keyLabel)]));
}

/** The app's name is claimed only once a preview is wanted. */
async function decideWithName(key: PullRequestKey, { facts, stored, missingSince, intent }: Gathered, deps: Deps): Promise<Desired> {
  const platform = deps.platform();
  const fullName = `${facts.repository.owner}/${facts.repository.name}`;
  const held = deps.claims.nameOf(key.repository);
  const name = configuredApp(platform, fullName) ?? held ?? appName(facts.repository.name);
  const missing = missingSince !== undefined && deps.clock.now().getTime() - Date.parse(missingSince) >= platform.graceMs;
  const { lastValid, decision } = stored?.record ?? {};
  const question = { key, facts, intent, platform, lastValid, waiting: decision?.waiting, missing, now: deps.clock.now().toISOString() };
  const desired = decide({ ...question, app: { name, heldBy: undefined } });
  if (desired.previews.length === 0 || held === name) return desired;
  const holder = await deps.claims.claim(name, { repository: key.repository, fullName });
  return holder.repository === key.repository ? desired : decide({ ...question, app: { name, heldBy: holder.fullName } });
}
