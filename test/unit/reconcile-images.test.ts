import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listAt, textAt } from '../../app/core/json.ts';
import { chartObjects } from '../support/chart-objects.ts';
import { keyOf, openWorld, plainConfig, platformFrom, shaA, shaB, tenantsConfig, type World } from '../support/world.ts';

const platform = platformFrom('tenants: {}\nregistries: { registry.bar.com: {}, docker.io/library: {} }\n');
const imageAt = (sha: string): string => `registry.bar.com/foo:${sha}`;
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const found = (digit: string) => ({ kind: 'found', digest: digest(digit) }) as const;
const running = (world: World, namespace = 'foo-241'): string => textAt(listAt(world.object('Deployment', namespace).spec, 'template', 'spec', 'containers')[0], 'image');
const look = async (world: World): Promise<void> => {
  await world.hint({ kind: 'pull-request', key: keyOf(241) });
  await world.settle(5_000);
};

describe('an image', () => {
  test('runs by its digest, which is asked for once for each commit', async () => {
    const world = openWorld(platform);
    world.images.set(imageAt(shaA), found('1'));
    await world.live(241);
    assert.equal(running(world), `${imageAt(shaA)}@${digest('1')}`);
    // Somebody pushes another image by the same name.
    world.images.set(imageAt(shaA), found('2'));
    await look(world);
    assert.equal(running(world), `${imageAt(shaA)}@${digest('1')}`);
    assert.deepEqual(world.lookUps.map(({ image }) => image), [imageAt(shaA)]);
    world.images.set(imageAt(shaB), found('3'));
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(5_000);
    assert.equal(running(world), `${imageAt(shaB)}@${digest('3')}`);
    assert.deepEqual(world.record(241)?.tenants['']?.pins, { [imageAt(shaB)]: digest('3') });
  });

  test('by a tag that moves is another image for another commit', async () => {
    const config = 'image: registry.bar.com/foo:latest\n';
    const world = openWorld(platform);
    world.images.set('registry.bar.com/foo:latest', found('1'));
    await world.live(241, { config });
    world.images.set('registry.bar.com/foo:latest', found('2'));
    await world.change(241, { headSha: shaB, config });
    await world.settle(5_000);
    assert.equal(running(world), `registry.bar.com/foo:latest@${digest('2')}`);
  });

  test('that the registry does not have: nothing is rolled out, that is said, and it is asked again', async () => {
    const world = openWorld(platform);
    world.images.set(imageAt(shaA), { kind: 'absent' });
    await world.open(241);
    await world.settle();
    assert.deepEqual(world.previews(), []);
    const trouble = world.record(241)?.tenants['']?.trouble;
    assert.equal(trouble?.reason, 'ImageMissing');
    assert.ok(trouble.message.includes(imageAt(shaA)));
    assert.ok(world.comment(241).includes(imageAt(shaA)));
    const before = world.lookUps.length;
    await world.settle(60_000);
    assert.ok(world.lookUps.length > before && world.lookUps.length < before + 8, `${world.lookUps.length - before} times in a minute`);
    world.images.set(imageAt(shaA), found('1'));
    await world.settle(300_000);
    assert.equal(running(world), `${imageAt(shaA)}@${digest('1')}`);
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
  });

  test('of a push that is missing: what ran before runs on, then the new one does', async () => {
    const world = openWorld(platform);
    world.images.set(imageAt(shaA), found('1'));
    await world.live(241);
    world.images.set(imageAt(shaB), { kind: 'absent' });
    world.forgetWrites();
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(5_000);
    assert.deepEqual(world.cluster.writes.filter((write) => !write.includes('ConfigMap')), []);
    assert.equal(running(world), `${imageAt(shaA)}@${digest('1')}`);
    world.images.set(imageAt(shaB), found('2'));
    await world.settle(60_000);
    assert.equal(running(world), `${imageAt(shaB)}@${digest('2')}`);
  });

  test('that appears is deployed at once when somebody tells', async () => {
    const world = openWorld(platform);
    world.images.set(imageAt(shaA), { kind: 'absent' });
    await world.open(241);
    await world.settle(200_000);
    world.images.set(imageAt(shaA), found('1'));
    await look(world);
    assert.equal(running(world), `${imageAt(shaA)}@${digest('1')}`);
  });

  for (const answer of [{ kind: 'unknown', why: 'it does not answer' }, { kind: 'denied' }] as const) {
    test(`of which the registry tells nothing (${answer.kind}) runs as it is written`, async () => {
      const world = openWorld(platform);
      world.images.set(imageAt(shaA), answer);
      await world.live(241);
      assert.equal(running(world), imageAt(shaA));
      assert.deepEqual(world.record(241)?.tenants['']?.pins, {});
      assert.match(world.comment(241), /The preview is live/);
    });
  }

  test('with a digest of its own is taken at its word', async () => {
    const world = openWorld(platform);
    const image = `registry.bar.com/foo@${digest('7')}`;
    await world.live(241, { config: `image: ${image}\n` });
    assert.equal(running(world), image);
    assert.deepEqual(world.lookUps, []);
  });

  test('of a registry that the platform does not list is refused, and nobody is asked', async () => {
    const world = openWorld(platform);
    await world.open(241, { config: 'image: evil.example.com/foo:1\n' });
    await world.settle(5_000);
    assert.deepEqual(world.previews(), []);
    assert.match(world.record(241)?.tenants['']?.trouble?.problems?.join() ?? '', /image-registry/);
    assert.deepEqual(world.lookUps, []);
  });

  test('where the platform lists no registries nobody is asked', async () => {
    const world = openWorld();
    await world.live(241);
    assert.equal(running(world), imageAt(shaA));
    assert.deepEqual(world.lookUps, []);
  });

  test('of every container counts, also of those that run before the others', async () => {
    const world = openWorld(platform);
    world.cloudAt(shaA, { charts: ['web'] });
    world.charts.set('web', () => chartObjects.deployment('web', 'registry.bar.com/web:1', { initContainers: [{ name: 'wait', image: 'registry.bar.com/wait:1' }] }));
    world.images.set('registry.bar.com/web:1', found('1'));
    world.images.set('registry.bar.com/wait:1', found('2'));
    await world.live(241, { config: undefined });
    const [first] = listAt(world.object('Deployment', 'foo-241').spec, 'template', 'spec', 'initContainers');
    assert.equal(textAt(first, 'image'), `registry.bar.com/wait:1@${digest('2')}`);
    assert.equal(running(world), `registry.bar.com/web:1@${digest('1')}`);
  });

  test('of every Job counts', async () => {
    const world = openWorld(platform);
    const config = `${plainConfig}hooks: { setup: [{ name: seed, image: "registry.bar.com/seed:1", command: [seed] }] }\n`;
    world.images.set(imageAt(shaA), found('1'));
    world.images.set('registry.bar.com/seed:1', { kind: 'absent' });
    await world.open(241, { config });
    await world.settle();
    assert.match(world.record(241)?.tenants['']?.trouble?.message ?? '', /registry\.bar\.com\/seed:1/);
    world.images.set('registry.bar.com/seed:1', found('2'));
    await world.settle(60_000);
    assert.ok(JSON.stringify(world.object('Job', 'foo-241').spec).includes(`registry.bar.com/seed:1@${digest('2')}`));
  });

  test('of one tenant that is missing holds up no other', async () => {
    const world = openWorld({ ...platform, tenants: ['fr', 'be'] });
    world.images.set('registry.bar.com/foo:be', { kind: 'absent' });
    await world.live(2, { config: tenantsConfig.replace('${sha}', '${tenant}') });
    assert.deepEqual(world.previews(), ['foo-2-fr']);
    assert.equal(world.record(2)?.tenants['be']?.trouble?.reason, 'ImageMissing');
  });
});

describe('a private registry', () => {
  const withSecret = platformFrom('tenants: {}\nregistries: { registry.bar.com: { pullSecret: registry } }\nsecrets: { namespace: vault }\n');
  const dockerConfig = (auths: object): string => Buffer.from(JSON.stringify({ auths })).toString('base64');
  const rows: [what: string, config: string, credentials: object | undefined][] = [
    ['name and password', dockerConfig({ 'registry.bar.com': { username: 'robot', password: 'p:w' } }), { username: 'robot', password: 'p:w' }],
    ['both in one', dockerConfig({ 'https://registry.bar.com/v2/': { auth: Buffer.from('robot:p:w').toString('base64') } }), { username: 'robot', password: 'p:w' }],
    ['those of another registry', dockerConfig({ 'registry.bar.com.evil.example': { username: 'robot', password: 'x' } }), undefined],
    ['nonsense', Buffer.from('{"auths": 1').toString('base64'), undefined],
  ];
  for (const [what, config, credentials] of rows) {
    test(`is asked with what its Secret has: ${what}`, async () => {
      const world = openWorld(withSecret);
      world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
      world.cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'registry', namespace: 'vault' }, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': config } });
      world.images.set(imageAt(shaA), found('1'));
      await world.live(241);
      assert.deepEqual(world.lookUps, [{ image: imageAt(shaA), credentials }]);
      assert.equal(running(world), `${imageAt(shaA)}@${digest('1')}`);
    });
  }
});
