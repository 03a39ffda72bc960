import { parse } from 'yaml';
import { configMaps, deployments, ingresses, namespaces, pods, services } from '../../sandbox/kubernetes/resources.ts';
import type { Ingress, Service } from '../../sandbox/kubernetes/objects.ts';
import type { Deployment } from '../../sandbox/kubernetes/workloads.ts';
import type { Pod } from '../../sandbox/kubernetes/pods.ts';
import { app } from './avant.ts';
import { label, tenants, type Platform, type Project, type World } from './platform.ts';

type PullRequest = ReturnType<World['pullRequest']>;

/** What a scenario knows better than the state of GitHub says. By `app/number`. */
export type Known = {
  /** The commit that still runs, since the head's config is of no use; null where none ever was. */
  readonly runs?: Readonly<Record<string, string | null>>;
  /** Tenants that cannot become live. */
  readonly failing?: Readonly<Record<string, readonly string[]>>;
  /** Previews that stay although nobody wants them any more (the breaker). */
  readonly kept?: readonly string[];
  /** Leaves out what is said on GitHub, where a scenario is too large for GitHub's limits on writing. */
  readonly silent?: boolean;
};

type Wanted = { readonly id: string; readonly tenant: string; readonly namespace: string; readonly host: string; readonly sha: string; readonly fails: boolean };

/** Waits until cluster and GitHub are as they should be, worked out from GitHub's state alone; throws with what still differs. */
export async function converge(platform: Platform, known: Known = {}, deadlineMs = 30_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = differences(platform, known);
    if (found.length === 0) return;
    if (performance.now() > end) {
      throw new Error(`not there after ${deadlineMs} ms:\n${found.join('\n')}\nAvant said:\n${platform
        .output()
        .split('\n')
        .slice(-15)
        .map((line) => line.slice(0, 300))
        .join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Returns everything of the scenario's projects in which the cluster and what we said on GitHub differ from what GitHub's state asks for. */
export function differences(platform: Platform, known: Known = {}): string[] {
  const all = platform.projects().flatMap((project) => pullsOf(platform.world, project).map((pull) => ({ project, pull })));
  const wanted = all.map(({ project, pull }) => ({ project, pull, previews: wantedOf(platform.world, project, pull, known) }));
  return [
    ...clusterDifferences(
      platform,
      wanted.flatMap(({ previews }) => previews),
      platform.projects(),
    ),
    ...recordDifferences(platform, all),
    ...(known.silent === true ? [] : wanted.flatMap(({ project, pull, previews }) => reportDifferences({ project, pull, previews }, known))),
  ];
}

function pullsOf(world: World, project: Project): PullRequest[] {
  const repository = world.repositories().find(({ nodeId, deleted }) => nodeId === project.nodeId && !deleted);
  return repository ? [...repository.pulls.values()] : [];
}

function idOf(project: Project, pull: PullRequest): string {
  return `${project.app}/${pull.number}`;
}

function askedTenants(pull: PullRequest): readonly string[] | 'all' {
  const names = pull.labels.map(({ name }) => name.toLowerCase());
  if (names.includes(label)) return 'all';
  return tenants.filter((tenant) => names.includes(`${label}/${tenant}`));
}

function wantedOf(world: World, project: Project, pull: PullRequest, known: Known): Wanted[] {
  const id = idOf(project, pull);
  const asked = askedTenants(pull);
  const kept = known.kept?.includes(id) === true;
  const labelled = asked === 'all' || asked.length > 0;
  const fork = pull.headRepository !== pull.repository;
  if (!kept && (pull.state !== 'open' || !labelled || fork)) return [];
  const override = known.runs?.[id];
  if (override === null) return [];
  const sha = override ?? pull.headSha;
  const config = parse(world.fileAt(pull.repository, sha, '.cloud/preview.yaml') ?? '') as { tenants?: string[] };
  const has = config.tenants ?? [...tenants];
  const chosen = kept || asked === 'all' ? (has.length === 0 ? [''] : has) : has.filter((tenant) => asked.includes(tenant));
  return chosen.map((tenant) => {
    const namespace = [project.app, pull.number, ...(tenant === '' ? [] : [tenant])].join('-');
    return { id, tenant, namespace, host: `${namespace}.preview.test`, sha, fails: known.failing?.[id]?.includes(tenant) === true };
  });
}

function clusterDifferences({ kubernetes: { store } }: Platform, wanted: readonly Wanted[], projects: readonly Project[]): string[] {
  const found: string[] = [];
  const there = store.list(namespaces).filter(({ metadata }) => projects.some((project) => metadata.name.startsWith(`${project.app}-`)));
  for (const { metadata } of there) {
    if (metadata.deletionTimestamp !== undefined) found.push(`namespace ${metadata.name} is Terminating`);
    else if (!wanted.some(({ namespace }) => namespace === metadata.name)) found.push(`namespace ${metadata.name} is left over`);
  }
  for (const preview of wanted) {
    if (!there.some(({ metadata }) => metadata.name === preview.namespace)) found.push(`namespace ${preview.namespace} is missing`);
    else found.push(...previewDifferences(store, preview).map((difference) => `${preview.namespace}: ${difference}`));
  }
  return found;
}

function previewDifferences(store: Platform['kubernetes']['store'], { namespace, host, sha, tenant, fails }: Wanted): string[] {
  const routes = store.list(ingresses, namespace) as Ingress[];
  const sets = store.list(deployments, namespace) as Deployment[];
  const fronts = store.list(services, namespace) as Service[];
  // A Job's pods stay when they have ended.
  const running = (store.list(pods, namespace) as Pod[]).filter(({ metadata }) => metadata.deletionTimestamp === undefined && metadata.labels?.['batch.kubernetes.io/job-name'] === undefined);
  const [deployment] = sets;
  const pod = deployment?.spec.template;
  const env = Object.fromEntries((pod?.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
  const selector = JSON.stringify(deployment?.spec.selector.matchLabels);
  const facts: [string, unknown, unknown][] = [
    ['ingress hosts', routes.flatMap(({ spec }) => spec.rules?.map((rule) => rule.host)), [host]],
    ['ingress class', routes.map(({ metadata }) => metadata.annotations?.['kubernetes.io/ingress.class']), ['haproxy-v1']],
    ['ingress backends', routes.flatMap(({ spec }) => spec.rules?.map((rule) => rule.http?.paths[0]?.backend.service?.name)), ['web']],
    ['services', fronts.map(({ metadata }) => metadata.name), ['web']],
    ['selector of the service', fronts.map(({ spec }) => JSON.stringify(spec.selector)), [selector]],
    ['deployments', sets.length, 1],
    ['replicas', deployment?.spec.replicas, 1],
    ['tenant', env['TENANT'] ?? '', tenant],
    ['commit', env['SHA'], sha],
    ['pods', running.length, 1],
  ];
  if (!fails) facts.push(['ready pods', deployment?.status.availableReplicas, 1]);
  return facts.filter(([, is, should]) => JSON.stringify(is) !== JSON.stringify(should)).map(([what, is, should]) => `${what}: ${JSON.stringify(is)}, not ${JSON.stringify(should)}`);
}

/** One record for what is still open, none for what is closed. */
function recordDifferences({ kubernetes: { store } }: Platform, all: readonly { project: Project; pull: PullRequest }[]): string[] {
  const records = store.list(configMaps, 'avant').filter(({ metadata }) => metadata.labels?.['avant/store'] === 'record');
  const open = all.filter(({ pull }) => pull.state === 'open').map(({ project, pull }) => `${project.nodeId}/${pull.number}`);
  const owners = records.map(({ metadata }) => (metadata.annotations?.['avant/owner'] ?? '').split('/').slice(1).join('/'));
  const ours = owners.filter((owner) => all.some(({ project }) => owner.startsWith(`${project.nodeId}/`)));
  return ours.filter((owner) => !open.includes(owner)).map((owner) => `a record of ${owner} is left over`);
}

type Report = { readonly project: Project; readonly pull: PullRequest; readonly previews: readonly Wanted[] };

function reportDifferences(report: Report, known: Known): string[] {
  const { project, pull } = report;
  const id = idOf(project, pull);
  const kept = known.kept?.includes(id) === true;
  const found = [...commentDifferences(report, kept), ...(kept ? [] : [...checkDifferences(report), ...deploymentDifferences(report)])];
  return found.map((difference) => `${id}: ${difference}`);
}

/** Our comments on a pull request. */
export function ourComments(pull: PullRequest): readonly string[] {
  return pull.comments.filter(({ author }) => author.login === `${app.slug}[bot]`).map(({ body }) => body);
}

function commentDifferences({ pull, previews }: Report, kept: boolean): string[] {
  const comments = ourComments(pull);
  const [body, second] = comments;
  if (second !== undefined) return [`${comments.length} comments`];
  if (previews.length === 0) {
    if (body === undefined) return pull.state === 'open' && askedTenants(pull).length > 0 ? ['no comment'] : [];
    return /taken away|No preview/.test(body) && !/\]\(http:\/\/[\w-]+\.preview\.test/.test(body) ? [] : [`the comment of what is gone says ${firstLines(body)}`];
  }
  if (body === undefined) return ['no comment'];
  if (kept) return /kept for now/i.test(body) && /Too many/.test(body) ? [] : [`the comment does not say that it is kept: ${firstLines(body)}`];
  const found = previews.filter(({ host, fails }) => !fails && !body.includes(`](http://${host})`)).map(({ host }) => `the comment has no link to ${host}`);
  if (!previews.every(({ sha }) => body.includes(sha.slice(0, 7)))) found.push('the comment does not name the commit');
  const live = body.split('🟢 Live').length - 1;
  if (live !== previews.filter(({ fails }) => !fails).length) found.push(`the comment has ${live} live rows: ${firstLines(body)}`);
  return found;
}

function firstLines(body: string): string {
  return JSON.stringify(body.split('\n').slice(2, 8).join(' / ').slice(0, 300));
}

function checkDifferences({ pull, previews }: Report): string[] {
  const runs = (pull.repository.checkSuites.get(pull.headSha) ?? []).flatMap((suite) => (suite.app.slug === app.slug ? suite.runs : []));
  const open = [...pull.repository.checkSuites.values()].flat().flatMap((suite) => suite.runs.filter(({ status }) => status !== 'completed'));
  const found = open.map((run) => `check ${run.id} on ${run.suite.sha.slice(0, 7)} is still ${run.status}`);
  const newest = runs.toSorted((a, b) => a.id - b.id).at(-1);
  if (askedTenants(pull).length > 0 && pull.state === 'open' && !newest) found.push('no check');
  // Of a commit that several pull requests have, the worst counts; a scenario that has that asserts it itself.
  const shared = [...pull.repository.pulls.values()].some((other) => other !== pull && other.headSha === pull.headSha);
  if (!newest || shared || previews.length === 0) return found;
  const runsHead = previews.every(({ sha, fails }) => sha === pull.headSha && !fails);
  const should = runsHead ? 'success' : 'failure';
  return newest.conclusion === should ? found : [...found, `the check says ${String(newest.conclusion)}, not ${should}`];
}

/** Our deployments of a pull request on GitHub that are not over. */
export function openDeployments(pull: PullRequest): { readonly environment: string; readonly sha: string; readonly state: string; readonly url: string }[] {
  return pull.repository.deployments
    .filter(({ payload }) => typeof payload === 'object' && String(payload['key']).endsWith(`/${pull.number}`))
    .map(({ environment, sha, statuses }) => ({ environment, sha, state: statuses.at(-1)?.state ?? 'none', url: statuses.at(-1)?.environmentUrl ?? '' }))
    .filter(({ state }) => state !== 'inactive');
}

function deploymentDifferences({ pull, previews }: Report): string[] {
  const open = openDeployments(pull).map((one) => JSON.stringify(one)).sort();
  const should = previews
    .map(({ tenant, sha, host, fails }) => ({ tenant, sha, fails, url: `http://${host}` }))
    .map(({ tenant, sha, fails, url }) => JSON.stringify({ environment: tenant === '' ? 'preview' : `preview/${tenant}`, sha, state: fails ? 'failure' : 'success', url: fails ? '' : url }))
    .sort();
  return JSON.stringify(open) === JSON.stringify(should) ? [] : [`deployments are ${open.join(' ') || 'none'}, not ${should.join(' ') || 'none'}`];
}
