import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256, type KubernetesObject } from '../../app/core/object.ts';
import { keyOf, openWorld, platformFrom, shaA, shaB, tenantsConfig, type World } from '../support/world.ts';

const config = `${tenantsConfig}secrets: [foo]\n`;
const platform = platformFrom(`
tenants: { fr: {}, be: {} }
secrets: { namespace: vault, projects: { bar/foo: { all: [foo], fr: [foo-fr] } } }
registries: { registry.bar.com: { pullSecret: { all: registry, be: registry-be } } }
`);
const names = ['foo', 'foo-fr', 'registry', 'registry-be'];
const secretRef = (name: string, namespace: string) => ({ apiVersion: 'v1', kind: 'Secret', name, namespace });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const dataOf = (world: World, namespace: string, name: string): KubernetesObject['data'] => world.object('Secret', namespace, name).data;
const secretWrites = (world: World): string[] => world.cluster.writes.filter((write) => write.includes('Secret/'));
const look = async (world: World, changed = true): Promise<void> => {
  await world.hint({ kind: 'pull-request', key: keyOf(2) }, changed);
  await world.settle(5_000);
};

/** An administrator writes a Secret. */
function give(world: World, name: string, value = `value of ${name}`, more: Partial<KubernetesObject> = {}): void {
  world.cluster.put({ ...secretRef(name, 'vault'), metadata: { name, namespace: 'vault' }, type: 'Opaque', data: { key: base64(value) }, ...more });
}

async function live(given: readonly string[] = names): Promise<World> {
  const world = openWorld(platform);
  world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
  for (const name of given) give(world, name);
  world.images.set(`registry.bar.com/foo:${shaA}`, { kind: 'found', digest: `sha256:${'1'.repeat(64)}` });
  await world.live(2, { config });
  world.forgetWrites();
  return world;
}

describe('Secrets of the platform', () => {
  test('are copied for the tenants that they are for, with what they hold', async () => {
    const world = await live();
    assert.deepEqual(world.inside('foo-2-fr', 'Secret'), ['Secret/avant-pull-registry', 'Secret/foo', 'Secret/foo-fr']);
    assert.deepEqual(world.inside('foo-2-be', 'Secret'), ['Secret/avant-pull-registry-be', 'Secret/foo']);
    assert.deepEqual(dataOf(world, 'foo-2-fr', 'foo-fr'), { key: base64('value of foo-fr') });
    assert.equal(world.object('Secret', 'foo-2-fr', 'foo').type, 'Opaque');
    assert.equal(world.object('Secret', 'foo-2-fr', 'foo').metadata.annotations?.['avant/copied-from'], 'vault/foo');
    assert.match(world.comment(2), /Both previews are live/);
  });

  test('are on the pods that pull with them', async () => {
    const world = await live();
    const pods = (tenant: string): string => JSON.stringify(world.object('Deployment', `foo-2-${tenant}`).spec);
    assert.ok(pods('fr').includes('"imagePullSecrets":[{"name":"avant-pull-registry"}]'));
    assert.ok(pods('be').includes('"imagePullSecrets":[{"name":"avant-pull-registry-be"}]'));
    assert.ok(pods('fr').includes('"envFrom":[{"secretRef":{"name":"foo"}}]'));
  });

  test('the same again is not written, and without news not even read', async () => {
    const world = await live();
    const gets: string[] = [];
    world.cluster.before = (verb, { kind }) => {
      if (verb === 'get' && kind === 'Secret') gets.push(kind);
    };
    await look(world, false);
    assert.deepEqual(gets, []);
    await look(world, true);
    assert.deepEqual(world.writes(), []);
  });

  test('that are changed are copied again at the next read', async () => {
    const world = await live();
    give(world, 'foo', 'another value');
    await look(world);
    assert.deepEqual(secretWrites(world), ['apply Secret/foo foo-2-fr', 'apply Secret/foo foo-2-be']);
    for (const tenant of ['fr', 'be']) assert.deepEqual(dataOf(world, `foo-2-${tenant}`, 'foo'), { key: base64('another value') });
  });

  test('that somebody takes out of a preview are put back, whole', async () => {
    const world = await live();
    const before = dataOf(world, 'foo-2-fr', 'foo');
    world.cluster.vanish(secretRef('foo', 'foo-2-fr'));
    await world.settle(5_000);
    assert.deepEqual(dataOf(world, 'foo-2-fr', 'foo'), before);
  });

  test('whose labels somebody changes keep what they hold', async () => {
    const world = await live();
    const copy = world.object('Secret', 'foo-2-fr', 'foo');
    world.cluster.put({ ...copy, metadata: { ...copy.metadata, labels: { ...copy.metadata.labels, 'avant/app': 'other' } } });
    await world.settle(5_000);
    assert.deepEqual(dataOf(world, 'foo-2-fr', 'foo'), copy.data);
    await look(world);
    assert.deepEqual(dataOf(world, 'foo-2-fr', 'foo'), copy.data);
    assert.deepEqual(world.object('Secret', 'foo-2-fr', 'foo').metadata.labels, copy.metadata.labels);
  });

  test('that are missing hold up their tenant alone, and come as soon as they are there', async () => {
    const world = await live(['foo', 'registry', 'registry-be']);
    assert.deepEqual(world.previews(), ['foo-2-be']);
    const trouble = world.record(2)?.tenants['fr']?.trouble;
    assert.equal(trouble?.reason, 'SecretMissing');
    assert.match(trouble.message, /vault\/foo-fr/);
    assert.match(world.comment(2), /foo-fr/);
    give(world, 'foo-fr');
    await world.settle(60_000);
    assert.deepEqual(world.inside('foo-2-fr', 'Secret'), ['Secret/avant-pull-registry', 'Secret/foo', 'Secret/foo-fr']);
    assert.equal(world.record(2)?.tenants['fr']?.trouble, undefined);
  });

  test('that are taken away from a project go from its previews', async () => {
    const world = await live();
    world.platform = { ...world.platform, secrets: { namespace: 'vault', projects: { 'bar/foo': { '*': ['foo'] } } } };
    await look(world);
    assert.deepEqual(world.inside('foo-2-fr', 'Secret'), ['Secret/avant-pull-registry', 'Secret/foo']);
  });

  test('a branch cannot have one that it is not given, nor write one over it', async () => {
    const world = await live();
    await world.change(2, { headSha: shaB, config: config.replace('[foo]', '[foo, registry, avant-pull-registry]') });
    await world.settle(5_000);
    const { trouble } = world.record(2)!.tenants['fr']!;
    assert.equal(trouble?.reason, 'Refused');
    assert.deepEqual(trouble.problems?.map((problem) => /names the Secret "([a-z-]+)"/.exec(problem)?.[1]), ['registry', 'avant-pull-registry']);
  });

  test('another project is given none', async () => {
    const world = openWorld(platform);
    world.github.repository.name = 'other';
    await world.live(2, { config: tenantsConfig.replaceAll('foo', 'other') });
    // Its images are pulled with the platform's own Secrets all the same, and those are missing here.
    assert.deepEqual(['fr', 'be'].map((tenant) => world.record(2)?.tenants[tenant]?.trouble?.message), ['The administrators have still to make vault/registry.', 'The administrators have still to make vault/registry-be.']);
  });
});

describe('what a Secret holds', () => {
  test('is nowhere but in the Secrets: not in records, comments, checks, logs or other objects, nor is a hash of it', async () => {
    const canary = 'c4n4ry-of-the-platform';
    const world = openWorld(platform);
    world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
    for (const name of names) give(world, name, canary);
    // Everything that can go wrong is said too: a refused apply, a missing image, a container's end.
    let refusals = 0;
    world.cluster.before = (verb, { kind }) => {
      if (verb === 'apply' && kind === 'Secret' && (refusals += 1) < 5) throw new Error('Secret is refused');
    };
    await world.live(2, { config });
    give(world, 'foo', canary + canary);
    await look(world);
    world.images.set(`registry.bar.com/foo:${shaB}`, { kind: 'absent' });
    await world.change(2, { headSha: shaB, config });
    await world.settle(60_000);
    assert.ok(refusals > 5 && JSON.stringify(world.cluster.list('Secret')).includes(base64(canary)));
    const others = ['Namespace', 'ConfigMap', 'Deployment', 'Service', 'Ingress', 'Pod', 'NetworkPolicy', 'ResourceQuota', 'ServiceAccount', 'LimitRange'].flatMap((kind) => world.cluster.list(kind));
    const annotations = world.cluster.list('Secret').map(({ metadata }) => metadata);
    const { comments, checks, deployments } = world.github;
    const cached = world.cluster.cache.ofKind('Secret');
    const all = JSON.stringify([others, annotations, comments, checks, deployments, world.log, world.failures, cached, [...world.cluster.writes]]);
    const value = [canary, base64(canary), canary + canary, base64(canary + canary)];
    for (const text of [...value, ...value.map(sha256), ...value.map((one) => sha256(one).slice(0, 12)), sha256(JSON.stringify({ key: base64(canary) }))]) assert.ok(!all.includes(text), text);
    assert.ok(all.length > 10_000);
  });
});
