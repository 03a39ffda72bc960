import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { names, type KubernetesObject } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { installation, repositoryId } from '../support/fake-github.ts';
import { keyOf, openWorld, plainConfig, shaA, shaB, tenantsConfig, type World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const isPreview = ({ metadata }: KubernetesObject): boolean => metadata.labels?.[names.key] !== undefined;
const previews = (world: World): string[] => world.cluster.list('Namespace').filter(isPreview).map(({ metadata }) => metadata.name);
const deploymentOf = (world: World, namespace = 'foo-241'): KubernetesObject => world.cluster.list('Deployment').find(({ metadata }) => metadata.namespace === namespace)!;
const removals = (world: World): string[] => world.cluster.writes.filter((write) => write.startsWith('remove') && !write.includes('ConfigMap'));

async function live(world: World, number = 241, config = plainConfig): Promise<void> {
  await world.open(number, { config });
  await world.settle();
  world.cluster.rollOut();
  await world.settle(10_000);
}

describe('the config at the head', () => {
  for (const [what, config, reason, words] of [
    ['broken', 'imagee: nowhere\n', 'ConfigBroken', /\.cloud\/preview\.yaml:1:1/],
    ['missing', undefined, 'ConfigMissing', /There is no `\.cloud\/preview\.yaml`/],
  ] as const) {
    test(`${what}: the old preview stays with its commit, and is told`, async () => {
      const world = openWorld();
      await live(world);
      world.forgetWrites();
      await world.change(241, { headSha: shaB, config });
      await world.settle();
      assert.deepEqual(world.cluster.writes.filter((write) => !write.includes('ConfigMap')), []);
      const record = world.record(241);
      assert.equal(record?.decision.reason, reason);
      assert.equal(record.tenants['']?.sha, shaA);
      assert.equal(record.lastValid?.sha, shaA);
      assert.match(world.comment(241), words);
      assert.match(world.comment(241), /stays at/);
      const check = world.github.checks.find(({ sha }) => sha === shaB);
      assert.equal(check?.content.conclusion, 'failure');
    });

    test(`${what} from the start: nothing is made, and the comment says what to do`, async () => {
      const world = openWorld();
      await world.open(241, { config });
      await world.settle();
      assert.deepEqual(previews(world), []);
      assert.match(world.comment(241), /No preview yet/);
      assert.match(world.comment(241), what === 'missing' ? /```yaml/ : words);
      await world.change(241, { headSha: shaB, config: plainConfig });
      await world.settle();
      assert.deepEqual(previews(world), ['foo-241']);
      assert.equal(world.github.comments.length, 1);
    });

    test(`${what} and unlabelled: the preview goes all the same`, async () => {
      const world = openWorld();
      await live(world);
      await world.change(241, { headSha: shaB, config });
      await world.settle();
      await world.change(241, { labels: [] });
      await world.settle();
      assert.deepEqual(removals(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
    });
  }

  test('that drops a tenant takes that one away', async () => {
    const world = openWorld();
    await live(world, 2, tenantsConfig);
    await world.change(2, { headSha: shaB, config: `${tenantsConfig}tenants: [fr, be]\n` });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    assert.deepEqual(previews(world), ['foo-2-fr', 'foo-2-be']);
  });
});

describe('a fork', () => {
  test('is refused, nothing of it parsed or run', async () => {
    const world = openWorld();
    await world.open(241, { fork: true, config: 'image: [evil' });
    await world.settle();
    assert.deepEqual(previews(world), []);
    assert.deepEqual(world.record(241)?.decision, { verdict: 'refused', reason: 'Fork', problems: [] });
    assert.equal(world.record(241)?.lastValid, undefined);
    assert.match(world.comment(241), /comes from a fork/);
    assert.deepEqual(world.github.deployments, []);
    assert.equal(world.github.checks[0]?.content.conclusion, 'neutral');
  });

  test('without the label is nobody’s business', async () => {
    const world = openWorld();
    await world.open(241, { fork: true, labels: [] });
    await world.settle();
    assert.deepEqual(world.writes(), []);
  });
});

describe('GitHub in trouble', () => {
  const faults: Record<string, () => Error> = {
    'answers 404': () => new Error('HTTP 404'),
    'answers HTML': () => new Error('Unexpected token < in JSON'),
    'answers 502': () => new Error('502 Bad Gateway'),
    'answers nothing': () => new Error('socket hang up'),
  };
  for (const [what, fault] of Object.entries(faults)) {
    test(`${what} for a while: nothing goes, and all is right afterwards`, async () => {
      const world = openWorld();
      await live(world);
      world.forgetWrites();
      world.github.fails.set('*', fault);
      await world.change(241, { headSha: shaB, config: plainConfig });
      await world.hint({ kind: 'resync' }, false);
      await world.settle(minute);
      assert.deepEqual(removals(world), []);
      assert.notDeepEqual(world.failures, []);
      world.github.fails.clear();
      await world.settle(minute);
      assert.equal(deploymentOf(world).metadata.annotations?.[names.commit], shaB);
      assert.equal(world.github.comments.length, 1);
    });
  }

  test('denies the pull request while the App has its repository: nothing goes', async () => {
    const world = openWorld();
    await live(world);
    world.github.notFound = true;
    for (let tries = 0; tries < 3; tries += 1) {
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      await world.settle(minute);
      world.clock.advance(25 * hour);
    }
    assert.deepEqual(removals(world), []);
    assert.equal(world.record(241)?.missingSince, undefined);
  });

  test('has suspended the installation: nothing goes, nothing is said', async () => {
    const world = openWorld();
    await live(world);
    world.forgetWrites();
    world.github.notFound = true;
    world.github.presenceIs = 'suspended';
    for (let passes = 0; passes < 3; passes += 1) {
      await world.hint({ kind: 'installation', installation });
      await world.settle(30 * hour);
    }
    assert.deepEqual(world.writes(), []);
  });

  test('says that the repository is gone: only after the grace period, on a fresh answer', async () => {
    const world = openWorld({ graceMs: 2 * hour });
    await live(world);
    world.forgetWrites();
    world.github.notFound = true;
    world.github.presenceIs = 'gone';
    await world.hint({ kind: 'repository', installation, repository: repositoryId });
    await world.settle();
    const since = world.record(241)?.missingSince;
    assert.ok(since);
    await world.settle(hour);
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(50 * minute);
    assert.deepEqual(removals(world), []);
    assert.equal(world.record(241)?.missingSince, since);
    await world.settle(20 * minute);
    // A watch event alone is no evidence: GitHub is asked again first, and here it has the repository back.
    world.github.notFound = false;
    world.github.presenceIs = 'present';
    await world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
    await world.settle();
    assert.deepEqual(removals(world), []);
    assert.equal(world.record(241)?.missingSince, undefined);
  });

  test('says so until the end: the preview goes, then the record, and GitHub is left alone', async () => {
    const world = openWorld({ graceMs: 2 * hour });
    await live(world);
    world.forgetWrites();
    world.github.notFound = true;
    world.github.presenceIs = 'gone';
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(3 * hour);
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    assert.deepEqual(removals(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
    world.cluster.finishNamespaces();
    await world.settle();
    assert.equal(world.record(241), undefined);
    assert.deepEqual(world.github.writes, []);
  });
});

describe('the cluster in trouble', () => {
  test('one tenant of four fails: three links work, and the comment says which one does not', async () => {
    const world = openWorld();
    world.cluster.before = (verb, { kind, namespace }) => {
      if (verb === 'apply' && kind === 'Deployment' && namespace === 'foo-2-be') throw new KubernetesError('exceeded quota: pods=10', 403, 'Forbidden');
    };
    await world.open(2, { config: tenantsConfig });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.match(world.comment(2), /3 of 4 previews are live, 1 failed/);
    assert.match(world.comment(2), /exceeded quota/);
    assert.equal(world.record(2)?.tenants['be']?.trouble?.reason, 'ApplyFailed');
    assert.equal(world.record(2)?.tenants['fr']?.trouble, undefined);
    // It is tried again by itself, and the others are left alone.
    world.cluster.before = () => undefined;
    world.forgetWrites();
    await world.settle(minute);
    world.cluster.rollOut();
    await world.settle();
    assert.match(world.comment(2), /All 4 previews are live/);
    assert.ok(world.cluster.writes.every((write) => write.includes('ConfigMap') || write.endsWith('foo-2-be')), world.cluster.writes.join());
    assert.deepEqual(world.failures, []);
  });

  test('a watch that has gone silent: nothing is concluded from it', async () => {
    const world = openWorld();
    await live(world);
    world.forgetWrites();
    world.cluster.isFresh = false;
    await world.change(241, { labels: [] });
    await world.settle(minute);
    assert.deepEqual(world.cluster.writes, []);
    world.cluster.isFresh = true;
    await world.settle(minute);
    assert.deepEqual(removals(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
  });

  test('the namespace deleted by hand comes back', async () => {
    const world = openWorld();
    await live(world);
    world.cluster.vanish({ apiVersion: 'v1', kind: 'Namespace', name: 'foo-241' });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.deepEqual(previews(world), ['foo-241']);
    assert.match(world.comment(241), /The preview is live/);
  });

  test('a field that we set and somebody changed is put back, without asking GitHub', async () => {
    const world = openWorld();
    await live(world);
    const reads = world.github.reads;
    const before = deploymentOf(world);
    world.cluster.put({ ...before, spec: { ...(before.spec as object), replicas: 0 } });
    await world.settle();
    assert.deepEqual(deploymentOf(world).spec, before.spec);
    assert.equal(world.github.reads, reads);
  });

  test('a rule of the cluster that changes what we apply is not fought', async () => {
    const world = openWorld();
    world.cluster.admit = (object) => (object.kind === 'Deployment' ? { ...object, spec: { ...(object.spec as object), replicas: 3 } } : object);
    await live(world);
    world.forgetWrites();
    for (let times = 0; times < 3; times += 1) {
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      await world.settle(5_000);
    }
    assert.deepEqual(world.writes(), []);
    assert.ok(world.record(241)?.tenants['']?.tolerated['Deployment/foo']);
  });

  test('a rule that is gone again is forgotten: what somebody then changes the same way is put back', async () => {
    const world = openWorld();
    const threeReplicas = (object: KubernetesObject): KubernetesObject =>
      object.kind === 'Deployment' ? { ...object, spec: { ...(object.spec as object), replicas: 3 } } : object;
    world.cluster.admit = threeReplicas;
    await live(world);
    world.cluster.admit = (object) => object;
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    world.cluster.put(threeReplicas(deploymentOf(world)));
    await world.settle();
    assert.equal((deploymentOf(world).spec as { replicas?: number }).replicas, 1);
  });

  test('a kind that the API server does not have: told in the comment, and tried again with growing waits', async () => {
    const world = openWorld();
    let tries = 0;
    world.cluster.before = (verb, { kind }) => {
      if (verb !== 'apply' || kind !== 'Ingress') return;
      tries += 1;
      throw new KubernetesError('the server could not find the requested resource', 404, 'NotFound');
    };
    await world.open(241);
    await world.settle(minute);
    assert.ok(tries < 10, `${tries} tries in a minute`);
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'ApplyFailed');
  });

  test('a name that somebody else has: told in the comment, theirs is not touched', async () => {
    const world = openWorld();
    world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-241', labels: { team: 'theirs' } } });
    await world.open(241);
    await world.settle();
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'NameHeld');
    assert.match(world.comment(241), /the name is taken/);
    assert.deepEqual(world.cluster.list('Namespace').find(({ metadata }) => metadata.name === 'foo-241')?.metadata.labels, { team: 'theirs' });
    assert.deepEqual(world.cluster.list('Deployment'), []);
  });

  test('our own namespace robbed of its labels is ours again', async () => {
    const world = openWorld();
    await live(world);
    const mine = world.cluster.list('Namespace').find(isPreview)!;
    world.cluster.put({ ...mine, metadata: { ...mine.metadata, labels: {} } });
    await world.settle();
    assert.deepEqual(world.cluster.list('Namespace').find(isPreview)?.metadata.labels, mine.metadata.labels);
  });

  test('an app name that another repository holds', async () => {
    const world = openWorld();
    await world.deps.claims.claim('foo', { repository: 'R_other', fullName: 'bar/other' });
    await world.open(241);
    await world.settle();
    assert.equal(world.record(241)?.decision.reason, 'NameHeld');
    assert.match(world.comment(241), /bar\/other/);
    assert.deepEqual(previews(world), []);
  });

  test('the repository renamed: names of previews stay', async () => {
    const world = openWorld();
    await live(world);
    world.github.repository.name = 'foo-renamed';
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle();
    assert.deepEqual(previews(world), ['foo-241']);
    assert.equal(world.record(241)?.tenants['']?.host, 'foo-241.preview.bar.com');
    assert.deepEqual(removals(world), []);
  });
});

describe('the breaker', () => {
  test('stops teardown when too many would go at once, says so, and lets closed ones go', async () => {
    const world = openWorld({ breaker: { teardowns: 2 } });
    for (const number of [1, 2, 3, 4]) await live(world, number);
    world.forgetWrites();
    for (const number of [1, 2, 3]) await world.change(number, { labels: [] });
    await world.change(4, { state: 'merged' });
    await world.settle();
    assert.deepEqual(removals(world).filter((write) => write.includes('Namespace')).sort(), ['remove Namespace/foo-1', 'remove Namespace/foo-2', 'remove Namespace/foo-4']);
    assert.equal(world.record(3)?.tenants['']?.trouble?.reason, 'TeardownPaused');
    assert.match(world.comment(3), /kept for now/);
    assert.ok(world.log.some((line) => line.startsWith('error too many')));
    // Later it is looked at again by itself, on a new read.
    await world.settle(16 * minute);
    assert.ok(removals(world).includes('remove Namespace/foo-3'));
    world.cluster.finishNamespaces();
    await world.settle();
    assert.match(world.comment(3), /has been taken away/);
  });

  test('what was held back and is labelled again stays', async () => {
    const world = openWorld({ breaker: { teardowns: 1 } });
    for (const number of [1, 2]) await live(world, number);
    for (const number of [1, 2]) await world.change(number, { labels: [] });
    await world.settle();
    await world.change(2, { labels: ['cd/preview'] });
    await world.settle(20 * minute);
    assert.equal(world.record(2)?.tenants['']?.trouble, undefined);
    assert.ok(previews(world).includes('foo-2'));
    assert.match(world.comment(2), /The preview is live/);
  });
});
