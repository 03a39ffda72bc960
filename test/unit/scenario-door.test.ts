import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DoorAnswer } from '../../app/core/door.ts';
import { askAboutPasswords } from '../../app/reconcile/passwords.ts';
import { workHandler } from '../../workers/worker.ts';
import { formatWork } from '../../app/core/work.ts';
import { openFakeDoors } from '../support/fake-doors.ts';
import { keyOf, openWorld, plainConfig, platformFrom, shaA, shaB, type World } from '../support/world.ts';

const host = 'foo-241.preview.bar.com';
const app = (status: number): DoorAnswer => ({ kind: 'app', status });
const door = (status: number): DoorAnswer => ({ kind: 'door', status });

/** A world whose home cluster has a door. */
function openWithDoor(lines?: string): World {
  const world = openWorld(lines === undefined ? {} : platformFrom(lines));
  world.doors.clusters.add('home');
  return world;
}

/** Opens the pull request and lets its containers become ready. */
async function ready(world: World, config: string = plainConfig): Promise<void> {
  await world.open(241, { config });
  await world.settle();
  world.cluster.rollOut();
  await world.settle();
}

async function answer(world: World, given: DoorAnswer, of = host): Promise<void> {
  world.doors.answer(of, given);
  await world.settle();
}

const headline = (world: World): string => /^### (.*)$/m.exec(world.comment(241))?.[1] ?? '';
const deployment = (world: World): readonly string[] => world.github.deployments.map(({ sha, states }) => `${sha[0] ?? ''} ${states.at(-1) ?? 'pending'}`);
const check = (world: World): string => {
  const [last] = world.github.checks.slice(-1);
  return `${last?.content.status ?? ''} ${last?.content.conclusion ?? ''}`.trim();
};
const recordWrites = (world: World): number => world.cluster.writes.filter((write) => / ConfigMap\/record-/.test(write)).length;

describe('a preview is live once its host answered through the door', () => {
  test('not before: neither the comment nor the check nor the deployment says so', async () => {
    const world = openWithDoor();
    await ready(world);
    assert.deepEqual([headline(world), check(world), deployment(world)], ['🟡 The preview is starting', 'in_progress', ['a in_progress']]);
    assert.deepEqual(world.doors.question(host), { ...world.doors.question(host), cluster: 'home', host, path: '/', marker: 'foo-241' });
    assert.ok(world.doors.question(host).version.startsWith(shaA));
    await answer(world, app(200));
    assert.deepEqual([headline(world), check(world), deployment(world)], ['🟢 The preview is live', 'completed success', ['a success']]);
    assert.deepEqual(world.doors.asking(), []);
    assert.match(world.comment(241), /\[foo-241\.preview\.bar\.com\]/);
  });

  test('nothing is asked before the containers are ready, and the answer costs one write of the record', async () => {
    const world = openWithDoor();
    await world.open(241);
    await world.settle();
    assert.deepEqual(world.doors.begun, []);
    world.cluster.rollOut();
    await world.settle();
    assert.equal(world.doors.begun.length, 1);
    world.forgetWrites();
    await answer(world, app(200));
    // What has been said on GitHub is a write of its own.
    assert.ok(recordWrites(world) <= 3, `${recordWrites(world)} writes`);
    assert.equal(world.github.writes.filter((write) => write === 'updateComment').length, 1);
  });

  test('without a door ready containers have to do', async () => {
    const world = openWorld();
    await ready(world);
    assert.deepEqual([headline(world), deployment(world), world.doors.begun], ['🟢 The preview is live', ['a success'], []]);
    assert.equal(Object.hasOwn(world.record(241)?.tenants[''] ?? {}, 'door'), false);
  });

  test('a slow door: what it says is told, 404, then 503, then it is live', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, door(404));
    assert.equal(headline(world), '🟡 The preview is starting: its link does not answer yet');
    assert.match(world.comment(241), /does not have its host yet \(404\)/);
    await answer(world, door(503));
    assert.match(world.comment(241), /no server for it \(503\)/);
    assert.deepEqual(deployment(world), ['a in_progress']);
    await answer(world, app(200));
    assert.equal(headline(world), '🟢 The preview is live');
    assert.doesNotMatch(world.comment(241), /does not answer/);
    assert.equal(world.doors.begun.length, 1);
  });

  test('a door that is down holds it back, and says so', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, { kind: 'none', why: 'connections are refused' });
    assert.match(world.comment(241), /the front door gives no answer \(connections `?are`? refused\)/);
    assert.deepEqual([check(world), deployment(world)], ['in_progress', ['a in_progress']]);
  });

  test('an answer marked as another preview’s is none', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, { kind: 'other', status: 200, marker: 'bar-12' });
    assert.match(world.comment(241), /another preview answers there, `bar-12`/);
    assert.deepEqual(deployment(world), ['a in_progress']);
  });

  test('an error of the program is an answer: live, the error is told, asked on, and gone once it is mended', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(500));
    assert.deepEqual([headline(world), deployment(world)], ['🟢 The preview is live', ['a success']]);
    assert.match(world.comment(241), /`https:\/\/foo-241\.preview\.bar\.com` answers 500/);
    assert.deepEqual(world.doors.asking(), [host]);
    const since = world.record(241)?.tenants['']?.door?.[0]?.at;
    // A pod that is started again is told by its own state.
    await answer(world, door(503));
    assert.equal(headline(world), '🟢 The preview is live');
    await answer(world, app(200));
    assert.doesNotMatch(world.comment(241), /answers 500/);
    assert.equal(world.record(241)?.tenants['']?.door?.[0]?.at, since);
    assert.deepEqual(world.doors.asking(), []);
  });

  test('behind a password, the door that asks for it has the route: ready containers have to do', async () => {
    const world = openWithDoor('secrets: { namespace: avant-secrets }\naccess: { ways: { team: { secret: passwords } }, default: team }\n');
    world.cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'passwords', namespace: 'avant-secrets' }, data: { auth: 'YTo6Yg==' } });
    await ready(world);
    await answer(world, door(404));
    assert.equal(headline(world), '🟡 The preview is starting: its link does not answer yet');
    await answer(world, door(401));
    assert.deepEqual([headline(world), deployment(world)], ['🟢 The preview is live', ['a success']]);
    assert.deepEqual(world.doors.asking(), []);
  });

  test('a password whose Secret goes, or breaks, shuts the door: the Ingress goes, whatever else is wrong, and comes back with the Secret', async () => {
    const world = openWithDoor('secrets: { namespace: avant-secrets }\naccess: { ways: { team: { secret: passwords } }, default: team }\n');
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'avant-secrets', name: 'passwords' };
    const put = (text: string) => world.cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'passwords', namespace: 'avant-secrets' }, data: { auth: Buffer.from(text).toString('base64') } });
    const open = () => world.cluster.list('Ingress').length;
    const seen = new Map<string, string>();
    const look = async (): Promise<void> => {
      await askAboutPasswords(seen, world.deps);
      await world.settle();
    };
    put('ann::b');
    await ready(world);
    await answer(world, door(401));
    await look();
    assert.deepEqual([open(), headline(world)], [1, '🟢 The preview is live']);
    world.cluster.vanish(ref);
    await look();
    assert.equal(open(), 0);
    assert.match(world.comment(241), /The administrators have still to make `?avant-secrets\/passwords/);
    put('ann::b');
    await look();
    assert.equal(open(), 1);
    await world.change(241, { headSha: shaB, config: 'no: config\n' });
    await world.settle();
    put('ann b:c');
    await look();
    assert.equal(open(), 0, 'a commit that is refused keeps nothing open');
    put('ann::c');
    await look();
    assert.equal(open(), 1);
  });

  test('the same 401 of a preview that is open keeps it from being live', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, door(401));
    assert.match(world.comment(241), /keeps Avant out \(401\)/);
    assert.deepEqual(deployment(world), ['a in_progress']);
  });

  test('the page that says it is ready is what is asked', async () => {
    const world = openWithDoor();
    await ready(world, `${plainConfig}readiness: { path: /healthz }\n`);
    assert.equal(world.doors.question(host).path, '/healthz');
  });

  test('each app’s host has to answer', async () => {
    const world = openWithDoor();
    const image = 'image: "registry.bar.com/foo:${sha}", service: { port: { name: http, number: 8080 } }';
    await ready(world, `tenants: []\napps: { api: { ${image} }, front: { ${image} } }\n`);
    const [api, front] = ['foo-241-api.preview.bar.com', 'foo-241-front.preview.bar.com'];
    assert.deepEqual(world.doors.asking(), [api, front]);
    await answer(world, app(200), api);
    assert.deepEqual([world.doors.asking(), deployment(world)], [[front], ['a in_progress']]);
    assert.match(world.comment(241), /\[foo-241-api\.preview\.bar\.com\][^|]*`foo-241-front\.preview\.bar\.com`/);
    await answer(world, app(200), front);
    assert.deepEqual([world.doors.asking(), deployment(world)], [[], ['a success']]);
  });
});

describe('what happens meanwhile', () => {
  test('a push: the new commit is asked about anew, and what was answered is not of it', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(200));
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    assert.equal(headline(world), '🟡 The preview is being updated');
    world.cluster.rollOut();
    await world.settle();
    assert.equal(headline(world), '🟡 The preview is being updated');
    assert.match(world.comment(241), /\[foo-241\.preview\.bar\.com\]/);
    assert.ok(world.doors.question(host).version.startsWith(shaB));
    assert.deepEqual(deployment(world), ['a success', 'b in_progress']);
    await answer(world, app(200));
    assert.deepEqual([headline(world), deployment(world)], ['🟢 The preview is live', ['a inactive', 'b success']]);
  });

  test('a push whose pods of before have still to end: their answers do not count for a moment', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(200));
    const old = world.object('Pod', 'foo-241');
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    world.cluster.rollOut();
    // The rollout may be seen to be complete before its pods are seen to go.
    world.cluster.put(old);
    await world.settle();
    assert.equal(world.doors.question(host).settleMs, 3_000);
    world.cluster.put({ ...old, metadata: { ...old.metadata, deletionTimestamp: world.clock.iso() } });
    await world.settle();
    assert.deepEqual([world.doors.question(host).settleMs, world.doors.begun.length], [3_000, 2]);
    world.cluster.vanish({ apiVersion: 'v1', kind: 'Pod', namespace: 'foo-241', name: old.metadata.name });
    await world.settle();
    assert.equal(world.doors.question(host).settleMs, 0);
    await answer(world, app(200));
    assert.equal(headline(world), '🟢 The preview is live');
  });

  test('a push while the commit before is still asked about', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, door(503));
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    assert.deepEqual(world.doors.asking(), []);
    world.cluster.rollOut();
    await world.settle();
    assert.deepEqual(world.doors.begun.map(({ version }) => version[0]), ['a', 'b']);
    assert.doesNotMatch(world.comment(241), /503/);
    await answer(world, app(200));
    assert.deepEqual([headline(world), deployment(world).at(-1)], ['🟢 The preview is live', 'b success']);
  });

  test('a restart by command is asked about anew', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(200));
    world.github.say(241, '/preview restart');
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.equal(world.doors.begun.length, 2);
    await answer(world, app(200));
    assert.equal(headline(world), '🟢 The preview is live');
  });

  test('the label goes while it is asked: nobody asks any more, and once it is back, it is asked anew', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(200));
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(world.doors.asking(), []);
    assert.equal(Object.hasOwn(world.record(241)?.tenants[''] ?? {}, 'door'), false);
    world.cluster.finishNamespaces();
    await world.settle();
    await world.change(241, { labels: ['cd/preview'] });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.equal(headline(world), '🟡 The preview is starting');
    assert.equal(world.doors.begun.length, 2);
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(world.doors.asking(), []);
  });

  test('a merge while it is asked', async () => {
    const world = openWithDoor();
    await ready(world);
    await world.change(241, { state: 'merged' });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    assert.deepEqual([world.doors.asking(), world.record(241)], [[], undefined]);
  });

  test('the process starts again while it is asked: the next one asks', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, door(503));
    const tell = (): void => void world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
    world.doors = openFakeDoors(tell, ['home']);
    const before = world.comment(241);
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    assert.deepEqual(world.doors.asking(), [host]);
    assert.equal(world.comment(241), before);
    await answer(world, app(200));
    assert.equal(headline(world), '🟢 The preview is live');
  });

  test('the process starts again once it answered: nothing is asked, nothing written', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(200));
    world.doors = openFakeDoors(() => undefined, ['home']);
    world.forgetWrites();
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    assert.deepEqual([world.doors.begun, world.writes()], [[], []]);
  });

  test('of two workers each asks for itself; the record tells the other', async () => {
    const world = openWithDoor();
    const others = openFakeDoors(() => undefined, ['home']);
    const second = workHandler({ ...world.deps, doors: others, namespaces: () => [], ran: () => undefined });
    const work = { kind: 'pull-request', key: keyOf(241) } as const;
    await ready(world);
    await second(formatWork(work), { changed: false, attempt: 1 });
    assert.deepEqual([world.doors.asking(), others.asking()], [[host], [host]]);
    others.answer(host, app(200));
    await second(formatWork(work), { changed: false, attempt: 1 });
    assert.deepEqual(others.asking(), []);
    await world.hint(work, false);
    await world.settle();
    assert.deepEqual([world.doors.asking(), headline(world)], [[], '🟢 The preview is live']);
  });

  test('containers that fail while it is asked are told, and it is asked again when they are ready', async () => {
    const world = openWithDoor();
    await ready(world);
    const workload = world.object('Deployment', 'foo-241');
    world.cluster.put({ ...workload, status: { observedGeneration: workload.metadata.generation ?? 1, replicas: 1, updatedReplicas: 1, availableReplicas: 0 } });
    await world.settle();
    assert.deepEqual(world.doors.asking(), []);
    world.cluster.put(workload);
    await world.settle();
    assert.deepEqual(world.doors.asking(), [host]);
  });

  test('an Ingress that somebody deleted is made anew, and asked about anew', async () => {
    const world = openWithDoor();
    await ready(world);
    await answer(world, app(200));
    world.cluster.vanish({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'foo-241', name: 'foo' });
    await world.settle();
    assert.equal(world.doors.begun.length, 2);
    await answer(world, app(200));
    assert.equal(headline(world), '🟢 The preview is live');
  });

  test('of a cluster that is silent nothing is concluded: what is asked goes on', async () => {
    const world = openWorld(platformFrom('tenants: { fr: {}, hu: { cluster: east } }\nclusters: { east: { kubeconfig: /etc/east } }\n'), ['east']);
    for (const cluster of ['home', 'east']) world.doors.clusters.add(cluster);
    await world.open(241, { config: plainConfig.replace('tenants: []', 'tenants: [fr, hu]') });
    await world.settle();
    for (const one of world.clusters.values()) one.rollOut();
    await world.settle();
    const [fr, hu] = ['foo-241-fr.preview.bar.com', 'foo-241-hu.preview.bar.com'];
    assert.deepEqual(world.doors.asking().toSorted(), [fr, hu]);
    const east = world.clusters.get('east');
    assert.ok(east);
    east.isFresh = false;
    await answer(world, app(200), hu);
    assert.deepEqual(world.record(241)?.tenants['hu']?.door, []);
    assert.ok(world.doors.asking().includes(hu));
    east.isFresh = true;
    await world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
    await world.settle();
    assert.equal(world.record(241)?.tenants['hu']?.door?.[0]?.answer?.kind, 'app');
    assert.deepEqual(world.doors.asking(), [fr]);
  });

  test('a door that the platform names later asks nobody’s preview of before, but its next commit', async () => {
    const world = openWorld();
    await ready(world);
    world.doors.clusters.add('home');
    world.forgetWrites();
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    assert.deepEqual([world.doors.begun, world.writes()], [[], []]);
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.deepEqual(world.doors.asking(), [host]);
  });

  test('a door that the platform no longer names holds nobody back', async () => {
    const world = openWithDoor();
    await ready(world);
    world.doors.clusters.clear();
    await world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
    await world.settle();
    assert.deepEqual([headline(world), world.doors.asking()], ['🟢 The preview is live', []]);
  });
});
