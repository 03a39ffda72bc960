import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Person } from '../../app/core/facts.ts';
import { labelKey } from '../support/fake-github.ts';
import { clusterWrites, keyOf, openWorld, plainConfig, shaA, shaB, tenantsConfig, type World } from '../support/world.ts';

const person = (login: string): Person => ({ login, bot: login.endsWith('[bot]') });

/** Somebody puts a label on, now. */
function putOn(world: World, label: string, by: string, number = 241): void {
  world.github.labelled.set(labelKey(number, label), { label, by: person(by), at: world.clock.iso() });
}

/** Counts how often GitHub is asked what somebody may do. */
function countPermissions(world: World): string[] {
  const asked: string[] = [];
  const { permission } = world.github;
  world.github.permission = (installation, repository, login) => {
    asked.push(login);
    return permission(installation, repository, login);
  };
  return asked;
}

describe('a label', () => {
  type Row = [who: string, login: string, permission: 'admin' | 'write' | 'read' | 'none', people: string[], may: boolean];
  const rows: Row[] = [
    ['somebody who may write', 'bob', 'write', [], true],
    ['an administrator of the repository', 'bob', 'admin', [], true],
    ['somebody who may only read', 'eve', 'read', [], false],
    ['a stranger', 'eve', 'none', [], false],
    ['a stranger whom the platform lists', 'Eve', 'none', ['eve'], true],
    ['a bot', 'renovate[bot]', 'none', [], false],
    ['a bot that may write', 'renovate[bot]', 'write', [], false],
    ['a bot that the platform lists', 'renovate[bot]', 'none', ['renovate[bot]'], true],
    ['a person with a listed bot’s name', 'renovate', 'none', ['renovate[bot]'], false],
  ];
  for (const [who, login, permission, people, may] of rows) {
    test(`of ${who} ${may ? 'counts' : 'does not count'}`, async () => {
      const world = openWorld({ people });
      world.github.permissions.set(login, permission);
      putOn(world, 'cd/preview', login);
      await world.open(241);
      await world.settle(5_000);
      assert.deepEqual(world.previews(), may ? ['foo-241'] : []);
      assert.equal(world.record(241)?.decision.reason, may ? 'Labelled' : 'NotAllowed');
      if (may) return;
      assert.match(world.comment(241), /who put the label on may not ask for one/);
      assert.ok(world.comment(241).includes(`\`${login}\` put the label`));
      assert.equal(world.github.checks[0]?.content.conclusion, 'neutral');
      assert.deepEqual(clusterWrites(world), []);
    });
  }

  test('is judged once, however often GitHub is read', async () => {
    const world = openWorld();
    const asked = countPermissions(world);
    await world.open(241);
    await world.settle(5_000);
    for (let times = 0; times < 3; times += 1) {
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      await world.settle(5_000);
    }
    assert.deepEqual(asked, ['ann']);
  });

  test('that counted goes on to count when who put it on may no longer', async () => {
    const world = openWorld();
    await world.live(241);
    world.github.permissions.set('ann', 'none');
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    assert.equal(world.record(241)?.tenants['']?.sha, shaB);
  });

  test('put on again by somebody who may: the preview starts', async () => {
    const world = openWorld();
    putOn(world, 'cd/preview', 'eve');
    await world.open(241);
    await world.settle();
    assert.deepEqual(world.previews(), []);
    world.clock.advance(60_000);
    putOn(world, 'cd/preview', 'ann');
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('put on again by somebody who may not: the preview goes', async () => {
    const world = openWorld();
    await world.live(241);
    putOn(world, 'cd/preview', 'eve');
    world.forgetWrites();
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle();
    assert.deepEqual(clusterWrites(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
  });

  test('of one tenant counts beside one that does not', async () => {
    const world = openWorld();
    putOn(world, 'cd/preview/be', 'eve', 2);
    await world.open(2, { labels: ['cd/preview/fr', 'cd/preview/be'], config: tenantsConfig });
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-2-fr']);
  });

  test('of whom GitHub does not tell keeps what runs, starts nothing, and says so', async () => {
    const world = openWorld();
    const read = world.github.read;
    world.github.read = async (key, known) => {
      const answer = await read(key, known);
      return answer.kind === 'found' ? { ...answer, facts: { ...answer.facts, labelled: [] } } : answer;
    };
    await world.open(241);
    await world.settle();
    assert.deepEqual(world.previews(), []);
    assert.equal(world.record(241)?.decision.reason, 'LabelUnknown');
    assert.match(world.comment(241), /does not tell who put/);
    world.github.read = read;
    await world.live(241);
    assert.deepEqual(world.previews(), ['foo-241']);
    // Once judged, it may be forgotten by GitHub.
    world.github.read = async (key, known) => {
      const answer = await read(key, known);
      return answer.kind === 'found' ? { ...answer, facts: { ...answer.facts, labelled: [] } } : answer;
    };
    world.forgetWrites();
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(5_000);
    assert.deepEqual(world.writes(), []);
  });

  test('of whom nobody can tell for a moment keeps what runs, also where the record is lost', async () => {
    const world = openWorld();
    await world.live(241);
    await world.deps.records.remove(world.deps.records.get(keyOf(241))!);
    const read = world.github.read;
    world.github.read = async (key, known) => {
      const answer = await read(key, known);
      return answer.kind === 'found' ? { ...answer, facts: { ...answer.facts, labelled: [] } } : answer;
    };
    world.forgetWrites();
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle();
    assert.equal(world.record(241)?.decision.reason, 'LabelUnknown');
    assert.deepEqual(clusterWrites(world), []);
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('a read of permissions that fails is tried again, and refuses nobody', async () => {
    const world = openWorld();
    world.github.fails.set('permission', () => new Error('502'));
    await world.open(241);
    await world.settle(500);
    assert.equal(world.record(241), undefined);
    assert.equal(world.comment(241), '');
    assert.notDeepEqual(world.failures, []);
    world.github.fails.clear();
    await world.settle(5_000);
    assert.deepEqual(world.previews(), ['foo-241']);
    assert.deepEqual(world.record(241)?.intent.labellers.map(({ by, may }) => [by, may]), [['ann', true]]);
  });
});

describe('a label that only looks like ours', () => {
  for (const [what, label] of [['Cyrillic', 'cd/prеview'], ['a character that does not show', 'cd/pre\u200bview'], ['another separator', 'cd-preview'], ['a typing error', 'cd/preveiw'], ['a letter less', 'cd/previw']] as const) {
    const hinted = label !== 'cd/preveiw';
    test(`by ${what}: ${hinted ? 'one hint, and nothing runs' : 'is another word'}`, async () => {
      const world = openWorld();
      await world.open(241, { labels: [label] });
      await world.settle(5_000);
      assert.deepEqual(clusterWrites(world), []);
      assert.equal(world.github.comments.length, hinted ? 1 : 0);
      if (!hinted) return;
      assert.equal(world.record(241)?.decision.reason, 'LookAlike');
      assert.match(world.comment(241), /No preview: the label is another one/);
      assert.deepEqual(world.github.deployments, []);
      // A push says it no second time.
      world.forgetWrites();
      await world.change(241, { headSha: shaB, config: plainConfig });
      await world.settle(5_000);
      assert.deepEqual(world.github.writes.filter((write) => write.includes('Comment')), []);
    });
  }

  test('beside the true one is no trouble', async () => {
    const world = openWorld();
    await world.live(241, { labels: ['cd-preview', 'cd/preview'] });
    assert.match(world.comment(241), /The preview is live/);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.['avant/commit'], shaA);
  });

  test('instead of the true one takes the preview away', async () => {
    const world = openWorld();
    await world.live(241);
    world.forgetWrites();
    await world.change(241, { labels: ['cd-preview'] });
    await world.settle();
    assert.deepEqual(clusterWrites(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
    assert.match(world.comment(241), /the label is another one/);
  });
});
