import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textsAt } from '../../app/core/json.ts';
import { names } from '../../app/core/object.ts';
import type { PullRequestRecord } from '../../app/core/record.ts';
import { clusterWrites, keyOf, openWorld, plainConfig, platformFrom, shaB, tenantsConfig, type World } from '../support/world.ts';

const reactions = (world: World): string[] => world.github.reactions.map(({ reaction }) => reaction);
const restartOf = (world: World, namespace: string): string | undefined => textsAt(world.object('Deployment', namespace).spec, 'template', 'metadata', 'annotations')[names.restart];
const look = async (world: World, number = 241): Promise<void> => {
  await world.hint({ kind: 'pull-request', key: keyOf(number) });
  await world.settle(5_000);
};

/** Somebody comments, and the webhook arrives. Returns the comment's id. */
async function say(world: World, body: string, by = 'ann', number = 241): Promise<number> {
  const { id } = world.github.say(number, body, by);
  await look(world, number);
  return id;
}

/** All that is going away is gone, and what was waiting for it becomes ready. */
async function finish(world: World): Promise<void> {
  world.cluster.finishNamespaces();
  await world.settle(30_000);
  world.cluster.rollOut();
  await world.settle(10_000);
}

async function live(config = plainConfig): Promise<World> {
  const world = openWorld();
  await world.live(241, { config });
  world.forgetWrites();
  return world;
}

/** A worker looks whose watch has shown it the cluster as it is, and not yet the record of what people asked for. */
async function lookLate(world: World, before: PullRequestRecord): Promise<void> {
  const stored = world.deps.records.get(keyOf(241))!;
  const { facts, intent, tenants, decision } = before;
  await world.deps.records.put({ ...stored.record, facts, intent, tenants, decision }, stored.version);
  await world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
  await world.settle();
}

describe('/preview stop', () => {
  test('takes the preview away, and says who did it', async () => {
    const world = await live();
    await say(world, '/preview stop');
    assert.deepEqual(clusterWrites(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
    await finish(world);
    assert.equal(world.record(241)?.decision.reason, 'Stopped');
    assert.match(world.comment(241), /`ann` stopped it/);
    assert.deepEqual(reactions(world), ['+1']);
    assert.deepEqual(world.github.deployments.map(({ states }) => states.at(-1)), ['inactive']);
    assert.equal(world.github.checks[0]?.content.conclusion, 'neutral');
  });

  async function stopped(): Promise<World> {
    const world = await live();
    await say(world, '/preview stop');
    await finish(world);
    world.forgetWrites();
    return world;
  }

  test('is not undone by a worker that has not heard of it', async () => {
    const world = await live();
    const before = world.record(241)!;
    await say(world, '/preview stop');
    await finish(world);
    world.forgetWrites();
    await lookLate(world, before);
    assert.deepEqual(clusterWrites(world), []);
    assert.deepEqual(world.previews(), []);
  });

  test('survives a push, a resync and every other reading', async () => {
    const world = await stopped();
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(5_000);
    await world.hint({ kind: 'resync' }, false);
    await look(world);
    assert.deepEqual(world.previews(), []);
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(world.record(241)?.intent.stopped?.by, 'ann');
  });

  test('ends with /preview, at the newest commit', async () => {
    const world = await stopped();
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    await say(world, '/preview');
    await finish(world);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaB);
    assert.match(world.comment(241), /The preview is live/);
    assert.deepEqual(reactions(world), ['+1', '+1']);
  });

  test('ends when the label is taken off and put on again', async () => {
    const world = await stopped();
    await world.change(241, { labels: [] });
    await world.settle(5_000);
    await world.change(241, { labels: ['cd/preview'] });
    await finish(world);
    assert.match(world.comment(241), /The preview is live/);
    assert.equal(world.record(241)?.intent.stopped, undefined);
  });

  test('does not end when somebody puts it on who may not', async () => {
    const world = await stopped();
    await world.change(241, { labels: [] });
    await world.settle(5_000);
    const label = 'cd/preview';
    world.github.labelled.set(`241/${label}`, { label, by: { login: 'eve', bot: false }, at: world.clock.iso() });
    await world.change(241, { labels: [label] });
    await finish(world);
    assert.deepEqual(world.previews(), []);
    assert.ok(world.record(241)?.intent.stopped);
  });

  test('while the namespace goes, /preview brings it back', async () => {
    const world = await live();
    await say(world, '/preview stop');
    await say(world, '/preview');
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'NamespaceTerminating');
    await finish(world);
    assert.match(world.comment(241), /The preview is live/);
  });
});

describe('/preview restart', () => {
  test('starts the pods of every tenant anew, once', async () => {
    const world = await live(tenantsConfig);
    const id = await say(world, '/preview restart');
    assert.deepEqual(clusterWrites(world).sort(), ['be', 'fr', 'hr', 'hu'].map((tenant) => `apply Deployment/foo foo-241-${tenant}`));
    for (const tenant of ['fr', 'be', 'hr', 'hu']) assert.equal(restartOf(world, `foo-241-${tenant}`), String(id));
    world.cluster.rollOut();
    await world.settle(10_000);
    world.forgetWrites();
    await look(world);
    await world.hint({ kind: 'resync' }, false);
    await world.settle(5_000);
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(reactions(world), ['+1']);
  });

  test('of one tenant touches no other', async () => {
    const world = await live(tenantsConfig);
    const id = await say(world, '/preview restart be');
    assert.deepEqual(clusterWrites(world), ['apply Deployment/foo foo-241-be']);
    assert.equal(restartOf(world, 'foo-241-be'), String(id));
    assert.equal(restartOf(world, 'foo-241-fr'), undefined);
    // One of all, and then again of one: the newest word counts for each.
    const all = await say(world, '/preview restart');
    const last = await say(world, '/preview restart fr');
    assert.deepEqual(['fr', 'be', 'hr'].map((tenant) => restartOf(world, `foo-241-${tenant}`)), [String(last), String(all), String(all)]);
  });

  test('stays with a push', async () => {
    const world = await live();
    const id = await say(world, '/preview restart');
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(5_000);
    assert.equal(restartOf(world, 'foo-241'), String(id));
  });

  test('asks the registry again: a tag may be another image by now', async () => {
    const world = openWorld({ ...platformFrom('tenants: {}\nregistries: { registry.bar.com: {} }\n') });
    const image = 'registry.bar.com/foo:latest';
    const config = 'image: registry.bar.com/foo:latest\n';
    world.images.set(image, { kind: 'found', digest: `sha256:${'1'.repeat(64)}` });
    await world.live(241, { config });
    world.images.set(image, { kind: 'found', digest: `sha256:${'2'.repeat(64)}` });
    await look(world);
    assert.ok(JSON.stringify(world.object('Deployment', 'foo-241').spec).includes(`${image}@sha256:111`));
    await say(world, '/preview restart');
    assert.ok(JSON.stringify(world.object('Deployment', 'foo-241').spec).includes(`${image}@sha256:222`));
    assert.deepEqual(world.record(241)?.tenants['']?.pins, { [image]: `sha256:${'2'.repeat(64)}` });
  });

  test('is not undone by a worker that has not heard of it', async () => {
    const world = await live();
    const before = world.record(241)!;
    const id = await say(world, '/preview restart');
    world.forgetWrites();
    await lookLate(world, before);
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(restartOf(world, 'foo-241'), String(id));
  });

  test('tries at once what waits for its time', async () => {
    const world = openWorld();
    world.cluster.before = (verb, { kind }) => {
      if (verb === 'apply' && kind === 'Deployment') throw new Error('socket hang up');
    };
    await world.open(241);
    await world.settle(60_000);
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'ApplyFailed');
    world.cluster.before = () => undefined;
    await say(world, '/preview restart');
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
    assert.deepEqual(world.inside('foo-241', 'Deployment'), ['Deployment/foo']);
  });
});

describe('who commands', () => {
  type Row = [who: string, login: string, permission: 'admin' | 'write' | 'read' | 'none', people: string[], answer: string | undefined];
  const rows: Row[] = [
    ['somebody who may write', 'bob', 'write', [], '+1'],
    ['an administrator', 'bob', 'admin', [], '+1'],
    ['somebody who may only read', 'eve', 'read', [], '-1'],
    ['a stranger', 'eve', 'none', [], '-1'],
    ['a stranger whom the platform lists', 'Eve', 'none', ['eve'], '+1'],
    // Bots answer bots: nothing is said to them.
    ['a bot', 'renovate[bot]', 'write', [], undefined],
    ['a bot that the platform lists', 'renovate[bot]', 'none', ['renovate[bot]'], '+1'],
  ];
  for (const [who, login, permission, people, answer] of rows) {
    test(`${who}: ${answer ?? 'no answer'}`, async () => {
      const world = openWorld({ people });
      await world.live(241);
      world.github.permissions.set(login, permission);
      await say(world, '/preview stop', login);
      await finish(world);
      assert.deepEqual(world.previews(), answer === '+1' ? [] : ['foo-241']);
      assert.deepEqual(reactions(world), answer === undefined ? [] : [answer]);
      if (answer === '-1') assert.match(world.comment(241), /`\/preview stop` by `eve` was not done: only people with write permission/);
    });
  }

  test('a read of permissions that fails is tried again: nothing is refused, nothing lost', async () => {
    const world = await live();
    world.github.fails.set('permission', () => new Error('502'));
    world.github.say(241, '/preview stop');
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(500);
    assert.deepEqual(world.previews(), ['foo-241']);
    assert.deepEqual(world.record(241)?.intent.answers, []);
    assert.deepEqual(reactions(world), []);
    world.github.fails.clear();
    await world.settle(5_000);
    assert.equal(world.record(241)?.decision.reason, 'Stopped');
    assert.deepEqual(reactions(world), ['+1']);
  });
});

describe('what is no command', () => {
  for (const body of ['> /preview stop', '```\n/preview stop\n```', '    /preview stop', '- /preview stop', '/previews stop', 'please /preview stop', '<details>\n\n/preview stop\n\n</details>']) {
    test(JSON.stringify(body), async () => {
      const world = await live();
      await say(world, body);
      assert.deepEqual(world.previews(), ['foo-241']);
      assert.deepEqual(reactions(world), []);
      assert.deepEqual(clusterWrites(world), []);
    });
  }

  test('an edited comment', async () => {
    const world = await live();
    const comment = world.github.say(241, '/preview stop');
    world.github.personsComments = [{ ...comment, edited: true, number: 241 }];
    await look(world);
    assert.deepEqual([world.previews(), reactions(world)], [['foo-241'], []]);
  });

  test('one on a pull request that is closed', async () => {
    const world = await live();
    await world.change(241, { state: 'merged' });
    await world.settle();
    await say(world, '/preview restart');
    assert.deepEqual(reactions(world), []);
  });

  for (const [body, words] of [['/preview stopp', /was not understood/], ['/preview restart xx', /has no tenant `?xx/], ['/preview approve', /give the whole commit/]] as const) {
    test(`${body}: said so, with the list or the reason, and nothing done`, async () => {
      const world = await live();
      await say(world, body);
      assert.match(world.comment(241), words);
      assert.deepEqual(reactions(world), [body.includes('restart') ? '-1' : 'confused']);
      assert.deepEqual(clusterWrites(world), []);
    });
  }
});

describe('a command', () => {
  test('runs once, and is answered once, however often it is read', async () => {
    const world = await live();
    await say(world, '/preview restart');
    await say(world, '/preview stop');
    await say(world, '/preview');
    await finish(world);
    const before = world.record(241)?.intent;
    world.forgetWrites();
    for (let times = 0; times < 3; times += 1) await look(world);
    assert.deepEqual(world.record(241)?.intent, before);
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(reactions(world), ['+1', '+1', '+1']);
    assert.deepEqual(before?.answers.map(({ command, outcome }) => [command, outcome]), [['restart', 'done'], ['stop', 'done'], ['deploy', 'done']]);
  });

  test('whose webhook is lost is found by resync', async () => {
    const world = await live();
    world.github.say(241, '/preview stop');
    await world.settle(5_000);
    assert.deepEqual(world.previews(), ['foo-241']);
    await world.hint({ kind: 'resync' }, false);
    await world.settle(5_000);
    assert.equal(world.record(241)?.decision.reason, 'Stopped');
    // Resync reads for it once.
    const { reads } = world.github;
    await finish(world);
    await world.hint({ kind: 'resync' }, false);
    await world.settle(5_000);
    assert.equal(world.github.reads, reads);
  });

  test('is answered again by nobody when the record is lost, and does nothing a second time', async () => {
    const world = await live();
    const id = await say(world, '/preview restart');
    world.cluster.rollOut();
    await world.settle(10_000);
    await world.deps.records.remove(world.deps.records.get(keyOf(241))!);
    world.forgetWrites();
    await world.hint({ kind: 'resync' }, false);
    await world.settle(10_000);
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(restartOf(world, 'foo-241'), String(id));
    assert.deepEqual(world.github.reactions.length, 1);
  });

  test('whose answer is lost is answered later, and once', async () => {
    const world = await live();
    world.github.lost.add('react');
    await say(world, '/preview restart');
    assert.equal(world.github.reactions.length, 1);
    assert.equal(world.record(241)?.said.reacted, world.github.reactions[0]?.comment);
  });

  test('is one of a comment, and those of several comments run in their order', async () => {
    const world = await live();
    world.github.say(241, '/preview stop\n/preview');
    world.github.say(241, '/preview restart');
    await look(world);
    assert.deepEqual(world.record(241)?.intent.answers.map(({ command, outcome }) => [command, outcome]), [['stop', 'done'], ['restart', 'refused']]);
    assert.deepEqual(reactions(world), ['+1', '-1']);
  });

  test('on a pull request without the label: told, and nothing runs', async () => {
    const world = openWorld();
    await world.open(241, { labels: [] });
    await say(world, '/preview');
    assert.deepEqual(world.previews(), []);
    assert.deepEqual(reactions(world), ['-1']);
    assert.match(world.comment(241), /put `cd\/preview` on/);
    await say(world, '/preview help');
    assert.match(world.comment(241), /\/preview restart/);
  });

  test('help lists the commands and changes nothing', async () => {
    const world = await live();
    await say(world, '/preview help');
    assert.match(world.comment(241), /`\/preview restart`/);
    assert.deepEqual(clusterWrites(world), []);
    assert.deepEqual(reactions(world), ['+1']);
  });
});
