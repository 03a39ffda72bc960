import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { namespaces } from '../../sandbox/kubernetes/resources.ts';
import { until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, label, startPlatform, type Platform, type Project } from '../support/platform.ts';

describe('many at once', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(async () => {
    platform.turnPage();
    // A breaker that opened stays open for ten minutes; a new process begins with a closed one.
    await platform.avant().stop();
    await platform.boot();
  });
  after(() => platform.close());

  type Place = { readonly project: Project; readonly number: number };

  /** Opens `each` pull requests in each of `accounts` accounts; GitHub's limits on writing are by account. */
  function openMany(name: string, accounts: number, each: number): readonly Place[] {
    const projects = Array.from({ length: accounts }, (_, account) => {
      const app = `${name}${account}`;
      return platform.project(app, { config: configOf(`org-${app}/${app}`, 'tenants: [fr]\n') });
    });
    return projects.flatMap((project) =>
      Array.from({ length: each }, (_, index) => {
        const head = `branch-${index}`;
        // A file of its own, so that each can be merged.
        platform.world.commit(project.repo, head, { [`${head}.txt`]: head });
        return { project, number: platform.world.openPullRequest({ repo: project.repo, head, title: head }) };
      }),
    );
  }

  const namespaceOf = ({ project, number }: Place): string => `${project.app}-${number}-fr`;
  const standing = (places: readonly Place[]): readonly Place[] =>
    places.filter((place) => platform.kubernetes.store.get(namespaces, undefined, namespaceOf(place)) !== undefined);

  test('fifty labels, then thirty merges: every one is done, and the breaker has nothing to say', async () => {
    const places = openMany('burst', 10, 5);
    for (const { project, number } of places) platform.world.addLabel(project.repo, number, label);
    await converge(platform, { silent: true });
    for (const { project, number } of places.slice(0, 30)) platform.world.merge(project.repo, number);
    await until('thirty are gone', () => standing(places).length === 20);
    await converge(platform, {}, 120_000);
  });

  test('fifteen unlabelled at once: ten go, the others stay, whole, and their comments say so', async () => {
    const places = openMany('drop', 5, 3);
    for (const { project, number } of places) platform.world.addLabel(project.repo, number, label);
    await converge(platform, {}, 60_000);
    for (const { project, number } of places) platform.world.removeLabel(project.repo, number, label);
    const kept = (): readonly Place[] => places.filter(({ project, number }) => /Too many previews would go at once/.test(ourComments(platform.world.pullRequest(project.repo, number))[0] ?? ''));
    await until('five are kept', () => standing(places).length === 5 && kept().length === 5);
    const ids = kept().map(({ project, number }) => `${project.app}/${number}`);
    await converge(platform, { kept: ids });

    // The label again, or a merge, ends the pause for each.
    const [first, ...rest] = kept();
    assert.ok(first);
    platform.world.addLabel(first.project.repo, first.number, label);
    for (const { project, number } of rest) platform.world.merge(project.repo, number);
    await converge(platform, {}, 60_000);
  });

  test('a teardown that was begun is ended, also when more begin meanwhile than the breaker lets pass', async () => {
    const places = openMany('begun', 4, 3);
    for (const { project, number } of places) platform.world.addLabel(project.repo, number, label);
    await converge(platform, { silent: true });
    let refusals = 0;
    platform.kubernetes.faults.set({ respond: { status: 500, body: 'no' }, match: ({ method, path }) => method === 'DELETE' && path.includes('/namespaces/begun') && !path.includes('ingresses') && (refusals += 1) <= 10 });
    for (const { project, number } of places) platform.world.removeLabel(project.repo, number, label);
    const linked = (place: Place): boolean => platform.kubernetes.ingresses().some(({ metadata }) => metadata.namespace === namespaceOf(place));
    const told = (): string => `${standing(places).length} stand, ${places.filter(linked).length} of them with a link`;
    await until('two stay whole and the others go', () => told() === '2 stand, 2 of them with a link', 20_000).catch((error: unknown) => {
      throw new Error(told(), { cause: error });
    });
    for (const { project, number } of standing(places)) platform.world.merge(project.repo, number);
    await until('nothing is left', () => standing(places).length === 0);
  });
});
