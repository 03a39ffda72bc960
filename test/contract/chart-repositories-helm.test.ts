import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openRenderer, type OpenRenderer } from '../../app/io/render/renderer.ts';
import { helm, helmProblem, requestFor, type Files } from '../support/charts/cloud.ts';
import { openChartRepository, type ChartRepository } from '../support/charts/repository.ts';
import { openFakeLog } from '../support/fake-clock.ts';

/** A repository whose archives and index helm made, and a chart that helm itself fetches from there by `helm dependency build`. */
describe('what helm packs, indexes and fetches', { skip: helmProblem(), timeout: 240_000 }, () => {
  let folder: string;
  let repository: ChartRepository;
  const opened: OpenRenderer[] = [];

  const run = async (where: string, ...words: readonly string[]): Promise<void> => {
    const home = join(folder, 'home');
    const env = { HOME: home, HELM_CACHE_HOME: join(home, 'cache'), HELM_CONFIG_HOME: join(home, 'config'), HELM_DATA_HOME: join(home, 'data') };
    await promisify(execFile)(helm ?? '', words, { cwd: where, env });
  };
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  };
  const filesIn = (path: string): Files =>
    Object.fromEntries(
      readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [`charts/${join(entry.parentPath, entry.name).slice(folder.length + 1)}`, readFileSync(join(entry.parentPath, entry.name))]),
    );
  const rendererFor = (chartRepositories: readonly string[]): OpenRenderer => {
    const renderer = openRenderer({ helm, log: openFakeLog(), chartRepositories });
    opened.push(renderer);
    return renderer;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chart-repository-'));
    repository = await openChartRepository();
    repository.answer(({ url = '' }, response) => {
      const name = /^\/stable\/([\w.+-]+)$/.exec(decodeURIComponent(url))?.[1];
      if (name === undefined) return false;
      response.writeHead(200).end(readFileSync(join(folder, 'stable', name)));
      return true;
    });
    mkdirSync(join(folder, 'stable'));
    for (const name of ['redis', 'web-app']) {
      await run(folder, 'create', name);
      for (const version of ['1.2.3', '2.0.0-rc.1+build.5']) await run(folder, 'package', name, '--version', version, '--destination', 'stable');
    }
    await run(folder, 'repo', 'index', 'stable', '--url', repository.url);
    const dependencies = [
      '{ name: redis, version: 1.2.3, alias: cache, condition: cache.enabled }',
      '{ name: redis, version: 1.2.3, alias: queue, tags: [queues] }',
      '{ name: web-app, version: 2.0.0-rc.1+build.5, condition: web-app.enabled }',
      '{ name: web-app, version: 1.2.3, alias: never, condition: never.enabled }',
    ];
    write({
      'api/Chart.yaml': `apiVersion: v2\nname: api\nversion: 0.1.0\ndependencies:\n${dependencies.map((one) => `  - ${one.replace(', ', `, repository: "${repository.url}", `)}\n`).join('')}`,
      'api/values.yaml': 'cache: { enabled: true, replicaCount: 3 }\nnever: { enabled: false }\ntags: { queues: true }\n',
      'api/values-fr.yaml': 'web-app: { enabled: true, service: { port: 8080 } }\n',
    });
  });
  after(async () => {
    await Promise.all([repository.close(), ...opened.map((renderer) => renderer.close())]);
    rmSync(folder, { recursive: true });
  });

  test('is what Avant fetches, before and after helm has written its lock file', async () => {
    const plain = filesIn('api');
    await run(folder, 'dependency', 'update', 'api');
    const built = filesIn('api');
    const archives = Object.keys(built).filter((path) => path.endsWith('.tgz'));
    assert.equal(archives.length, 3);
    const locked = Object.fromEntries(Object.entries(built).filter(([path]) => !path.endsWith('.tgz')));
    assert.deepEqual(Object.keys(locked).filter((path) => !(path in plain)), ['charts/api/Chart.lock']);

    const vendored = await rendererFor([]).chart(requestFor(built));
    const kinds = (objects: typeof vendored): unknown => objects.map(({ object }) => `${object['kind'] as string} ${(object['metadata'] as { name: string }).name}`).toSorted();
    assert.deepEqual(kinds(vendored), ['cache', 'queue', 'web-app'].flatMap((name) => ['Deployment', 'Service', 'ServiceAccount'].map((kind) => `${kind} foo-${name}`)).toSorted());
    const renderer = rendererFor([repository.url]);
    const contents = (objects: typeof vendored): unknown => objects.map(({ object }) => JSON.stringify(object)).toSorted();
    assert.deepEqual(contents(await renderer.chart(requestFor(plain))), contents(vendored));
    assert.deepEqual(contents(await renderer.chart(requestFor(locked))), contents(vendored));
  });
});
