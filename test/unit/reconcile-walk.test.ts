import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jobState } from '../../app/core/jobs.ts';
import { names, refOf, type KubernetesObject } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { chartObjects as one } from '../support/chart-objects.ts';
import { installation, labelKey, repositoryId } from '../support/fake-github.ts';
import { keyOf, openWorld, plainConfig, platformFrom, tenantsConfig, type World } from '../support/world.ts';

/** What each commit says; a commit is what it is. */
const commits: Readonly<Record<string, { readonly config: string | undefined; readonly charts?: readonly string[] }>> = {
  ['1'.repeat(40)]: { config: plainConfig },
  ['2'.repeat(40)]: { config: tenantsConfig },
  ['3'.repeat(40)]: { config: `${plainConfig}waitFor: { checks: [ci], timeout: 5m }\n` },
  ['4'.repeat(40)]: { config: `${plainConfig}hooks: { setup: [{ name: seed, command: [seed] }], teardown: [{ name: dump, command: [dump] }] }\n` },
  ['5'.repeat(40)]: { config: 'image: [broken' },
  ['6'.repeat(40)]: { config: undefined, charts: ['api', 'web'] },
  ['7'.repeat(40)]: { config: undefined, charts: ['evil'] },
};
const [plain = '', , waits = '', hooked = '', broken = '', , evil = ''] = Object.keys(commits);
const labels = ['cd/preview', 'cd/preview/fr', 'cd/preview/be', 'cd-preview', 'bug'];

const heard = fc.constantFrom(true, true, true, false);
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), sha: fc.constantFrom(...Object.keys(commits)), heard }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('label' as const), labels: fc.subarray(labels), by: fc.constantFrom('ann', 'ann', 'eve'), heard }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('state' as const), state: fc.constantFrom('open' as const, 'open' as const, 'closed' as const, 'merged' as const), heard }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ci' as const), state: fc.constantFrom('pending' as const, 'success' as const, 'failure' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), body: fc.constantFrom('approve', 'approve', '/preview', '/preview stop', '/preview restart', '/preview restart fr', '/preview nonsense'), by: fc.constantFrom('ann', 'ann', 'ann', 'eve'), heard }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const), what: fc.constantFrom('apply', 'remove', 'github', 'permission', 'image', 'eu', 'none', 'none', 'none') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cluster' as const), what: fc.constantFrom('roll out', 'jobs complete', 'jobs complete', 'jobs fail', 'namespaces gone', 'somebody deletes', 'somebody changes', 'record lost') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(100, 1_000, 20_000, 400_000) }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** What has happened beside what the world shows. */
type Story = { readonly approved: Set<string>; readonly green: Set<string> };

function openWalk(fork: boolean): World {
  const world = openWorld(platformFrom('tenants: { fr: {}, be: { cluster: eu } }\nclusters: { eu: { kubeconfig: /etc/eu } }\nregistries: { registry.bar.com: {} }\n'), ['eu']);
  for (const [sha, { config, charts }] of Object.entries(commits)) {
    if (config !== undefined) world.github.configs.set(sha, { kind: 'file', text: config });
    if (charts) world.cloudAt(sha, { charts });
  }
  for (const chart of ['api', 'web']) world.charts.set(chart, () => [...one.deployment(chart, 'registry.bar.com/app:1'), ...one.service(chart), ...one.job(`${chart}-init`, { hook: 'pre-install' })]);
  world.charts.set('evil', () => one.deployment('evil', 'registry.bar.com/app:1', { hostPID: true }));
  world.github.pulls.set(241, { number: 241, state: 'open', labels: ['cd/preview'], headSha: plain, fork });
  world.pipelineAt(waits, { ci: 'pending' });
  return world;
}

async function happen(world: World, what: Event, story: Story): Promise<void> {
  const pull = world.github.pulls.get(241)!;
  const tell = async (really: boolean): Promise<void> => {
    if (really) await world.hint({ kind: 'pull-request', key: keyOf(241) });
  };
  switch (what.do) {
    case 'push':
      pull.headSha = what.sha;
      return tell(what.heard);
    case 'label':
      for (const label of what.labels) if (!pull.labels.includes(label)) world.github.labelled.set(labelKey(241, label), { label, by: { login: what.by, bot: false }, at: world.clock.iso() });
      pull.labels = what.labels;
      return tell(what.heard);
    case 'state':
      pull.state = what.state;
      return tell(what.heard);
    case 'ci':
      if (what.state === 'success') story.green.add(waits);
      world.pipelineAt(waits, { ci: what.state });
      return world.hint({ kind: 'commit', installation, repository: repositoryId, sha: waits });
    case 'say':
      if (what.body === 'approve' && what.by === 'ann') story.approved.add(pull.headSha);
      world.github.say(241, what.body === 'approve' ? `/preview approve ${pull.headSha}` : what.body, what.by);
      return tell(what.heard);
    case 'fault':
      fault(world, what.what);
      return;
    case 'cluster':
      return inCluster(world, what.what);
    case 'time':
      return world.settle(what.ms);
  }
}

function fault(world: World, what: Extract<Event, { do: 'fault' }>['what']): void {
  for (const cluster of world.clusters.values()) {
    cluster.before = (verb, { kind }) => {
      if (what === verb && (kind === 'Deployment' || kind === 'Namespace')) throw new KubernetesError('no', 500, 'InternalError');
    };
  }
  world.clusters.get('eu')!.isFresh = what !== 'eu';
  world.github.fails.clear();
  if (what === 'github') world.github.fails.set('*', () => new Error('502'));
  if (what === 'permission') world.github.fails.set('permission', () => new Error('502'));
  for (const tag of ['1', ...Object.keys(commits)]) world.images.set(`registry.bar.com/foo:${tag}`, what === 'image' ? { kind: 'absent' } : { kind: 'found', digest: `sha256:${'d'.repeat(64)}` });
}

async function inCluster(world: World, what: Extract<Event, { do: 'cluster' }>['what']): Promise<void> {
  const ours = (kind: string): readonly (readonly [World['cluster'], KubernetesObject])[] => [...world.clusters.values()].flatMap((cluster) => cluster.list(kind).filter(({ metadata }) => metadata.labels?.[names.key] !== undefined).map((object) => [cluster, object] as const));
  const stored = world.deps.records.get(keyOf(241));
  for (const cluster of world.clusters.values()) {
    if (what === 'roll out') cluster.rollOut();
    if (what === 'jobs complete' || what === 'jobs fail') cluster.endJobs(what === 'jobs fail' ? 'failed' : 'complete');
    if (what === 'namespaces gone') cluster.finishNamespaces();
  }
  if (what === 'somebody deletes') for (const [cluster, object] of ours('Service')) cluster.vanish(refOf(object));
  if (what === 'somebody changes') for (const [cluster, object] of ours('Ingress')) cluster.put({ ...object, spec: { rules: [] } });
  if (what === 'record lost' && stored) await world.deps.records.remove(stored);
}

/** Nothing more goes wrong, everybody does their work, and GitHub is looked at. */
async function comeToRest(world: World): Promise<void> {
  fault(world, 'none');
  for (let turn = 0; turn < 8; turn += 1) {
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(20_000);
    for (const what of ['jobs complete', 'namespaces gone', 'roll out'] as const) await inCluster(world, what);
  }
  await world.settle(600_000);
}

/** What holds at every moment. */
function checkAlways(world: World, fork: boolean, story: Story): void {
  for (const cluster of world.clusters.values()) {
    const jobs = cluster.list('Job');
    for (const { metadata } of cluster.list('Deployment')) {
      const commit = metadata.annotations?.[names.commit] ?? '';
      if (fork) assert.ok(story.approved.has(commit), `the commit ${commit} of a fork runs unapproved`);
      if (commit === waits) assert.ok(story.green.has(commit), 'a commit runs that CI did not let through');
      assert.ok(![broken, evil].includes(commit), `the commit ${commit} runs`);
      const setup = jobs.filter((job) => job.metadata.namespace === metadata.namespace && job.metadata.labels?.[names.hook] === 'setup' && job.metadata.annotations?.[names.commit] === commit);
      if (commit === hooked) assert.ok(setup.some((job) => jobState(job).kind === 'complete'), 'a commit runs that was not set up');
    }
  }
  assert.ok(world.github.comments.length <= 1, 'several comments');
}

/** What holds once nothing happens any more. */
function checkAtRest(world: World): void {
  const pull = world.github.pulls.get(241)!;
  const record = world.record(241);
  const asked = pull.labels.filter((label) => label.startsWith('cd/preview'));
  const by = asked.map((label) => world.github.labelled.get(labelKey(241, label))?.by.login);
  const wanted = pull.state === 'open' && by.includes('ann') && !record?.intent.stopped;
  if (!wanted) assert.deepEqual(world.previews(), [], 'a preview that nobody asks for');
  if (pull.state !== 'open') assert.equal(record, undefined, 'the record of a closed pull request is left');
  for (const cluster of world.clusters.values()) {
    for (const job of cluster.list('Job')) if (job.metadata.labels?.[names.hook] === 'setup') assert.notEqual(jobState(job).kind, 'running', 'a setup Job that is left');
  }
  const sound = record?.decision.reason === 'Labelled' && Object.values(record.tenants).every(({ trouble }) => trouble === undefined);
  if (sound) assert.match(world.comment(241), /🟢/);
}

test('whatever happens, in whatever order: it comes to rest, at what was asked for and allowed', { timeout: 300_000 }, async () => {
  const seed = Number(process.env['WALK_SEED'] ?? 7);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(event, { minLength: 8, maxLength: 24, size: 'max' }), async (fork, events) => {
      const world = openWalk(fork);
      const story: Story = { approved: new Set(), green: new Set() };
      fault(world, 'none');
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      for (const what of events) {
        await happen(world, what, story);
        await world.settle(400);
        checkAlways(world, fork, story);
      }
      await comeToRest(world);
      checkAlways(world, fork, story);
      checkAtRest(world);
      world.forgetWrites();
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      await world.hint({ kind: 'resync' }, false);
      await world.settle(20_000);
      assert.deepEqual(world.writes(), [], 'the same again writes');
      assert.deepEqual(world.failures.filter((failure) => !/502|is held|Gone/.test(failure)), []);
    }),
    { numRuns: Number(process.env['WALK_RUNS'] ?? 30), seed },
  );
});
