import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { configMaps } from '../../sandbox/kubernetes/resources.ts';
import { until } from '../support/avant.ts';
import { helm, helmProblem } from '../support/charts/cloud.ts';
import { chartOf, openChartRepository, type ChartRepository } from '../support/charts/repository.ts';
import { ourComments } from '../support/convergence.ts';
import { label, startPlatform, type Platform } from '../support/platform.ts';

const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }\n';

describe('a chart with a subchart from a repository', { skip: helmProblem(), timeout: 240_000 }, () => {
  let platform: Platform;
  let repository: ChartRepository;
  before(async () => {
    repository = await openChartRepository(chartOf('redis', '1.2.3'));
    platform = await startPlatform({ yaml: `charts: { repositories: ["${repository.url}/"] }\n`, env: helm === undefined ? {} : { AVANT_HELM: helm } });
  });
  after(async () => {
    await platform.close();
    await repository.close();
  });

  test('waits for the repository, is told what is wrong with a version, and is deployed', async () => {
    const { world, kubernetes } = platform;
    const repo = 'org-shop/shop';
    const chart = (version: string): Record<string, string> => ({ '.cloud/charts/shop/Chart.yaml': `apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n  - { name: redis, version: ${version}, repository: "${repository.url}", alias: cache }\n` });
    world.createInstallation('org-shop');
    world.createRepository({ owner: 'org-shop', name: 'shop', private: true, files: { 'README.md': 'a' } });
    for (const name of [label, `${label}/fr`]) world.createLabel(repo, { name });
    world.commit(repo, 'feature', { ...chart('1.2.3'), '.cloud/charts/shop/templates/service.yaml': service });
    const number = world.openPullRequest({ repo, head: 'feature', title: 'feature' });
    const comment = (): string => ourComments(world.pullRequest(repo, number))[0] ?? '';
    const says = (what: string, pattern: RegExp): Promise<void> => until(what, () => pattern.test(comment()), 60_000);

    repository.answer((_, response) => (response.writeHead(503).end(), true));
    world.addLabel(repo, number, `${label}/fr`);
    await says('the comment says what is the matter', /The chart repository \S+\/stable\S* cannot be read: it answers 503[\s\S]*tried again by itself/);
    repository.answer(undefined);
    await until('it is tried again', () => kubernetes.store.list(configMaps, `shop-${number}-fr`).some(({ metadata }) => metadata.name === 'cache'), 60_000);

    world.commit(repo, 'feature', chart('9.9.9'));
    await says('the comment names the file, the field and the mend', /`\.cloud\/charts\/shop\/Chart\.yaml` `dependencies\[0\]`: .* has no version 9\.9\.9 of "redis" — choose one that it has/);
    assert.ok(kubernetes.store.list(configMaps, `shop-${number}-fr`).some(({ metadata }) => metadata.name === 'cache'), 'what ran is gone');
  });
});
