import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWorld } from '../../sandbox/github/world/world.ts';
import { startPipeline } from '../../sandbox/pipeline.ts';
import { createRegistry } from '../../sandbox/registry.ts';

const context = 'continuous-integration/jenkins/pr-head';
const files = {
  'api/index.html': 'the api',
  'front/index.html': 'the front',
  '.cloud/docker/api/Dockerfile': 'FROM scratch',
  '.cloud/docker/front/Dockerfile': 'FROM scratch',
};

function start() {
  const world = createWorld({ app: { id: 1, slug: 'avant' }, permissions: {}, events: [], now: () => new Date(0) });
  const registry = createRegistry(world);
  startPipeline(world, registry);
  world.createRepository({ owner: 'M6', name: 'Shop', files });
  const sha = world.repository('M6/Shop').branches.get('main') ?? '';
  return { world, sha, digestOf: (name: string) => registry.manifest(name, sha)?.digest };
}

describe('the sandbox’s pipeline', () => {
  test('pushes an image for each Dockerfile once CI says success, and not before', () => {
    const { world, sha, digestOf } = start();
    for (const state of ['pending', 'failure'] as const) world.setStatus('M6/Shop', { sha, state, context });
    assert.equal(digestOf('m6/shop-api'), undefined);
    world.setStatus('M6/Shop', { sha, state: 'success', context });
    const [api, front] = [digestOf('m6/shop-api'), digestOf('m6/shop-front')];
    assert.match(api ?? '', /^sha256:/);
    assert.match(front ?? '', /^sha256:/);
    assert.notEqual(api, front);
    world.setStatus('M6/Shop', { sha, state: 'success', context });
    assert.equal(digestOf('m6/shop-api'), api, 'what was built stays what it is');
  });

  test('takes a check run of CI for the same, and our own check for nothing', () => {
    const { world, sha, digestOf } = start();
    world.createCheckRun('M6/Shop', { name: 'Avant preview', headSha: sha, conclusion: 'success' });
    assert.equal(digestOf('m6/shop-api'), undefined);
    world.createCheckRun('M6/Shop', { name: context, headSha: sha, app: 'jenkins', conclusion: 'success' });
    assert.match(digestOf('m6/shop-api') ?? '', /^sha256:/);
  });
});
