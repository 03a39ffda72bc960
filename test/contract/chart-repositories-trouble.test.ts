import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { api, helmProblem, requestFor } from '../support/charts/cloud.ts';
import { asking, openRig, own, told, troubleOf } from '../support/charts/remote.ts';
import { chartOf, type ChartRepository } from '../support/charts/repository.ts';

describe('subcharts whose repository does not do as it should', { skip: helmProblem(), timeout: 240_000 }, () => {
  const rig = openRig();
  const { open, repositoryOf } = rig;
  afterEach(() => rig.close());

  const redis = chartOf('redis', '1.2.3');
  const answers: Readonly<Record<string, { readonly answer: NonNullable<Parameters<ChartRepository['answer']>[0]>; readonly says: RegExp; readonly ms?: number }>> = {
    'answers 500': { answer: (_, response) => (response.writeHead(500).end(), true), says: /^The chart repository http\S+\/stable cannot be read: it answers 500$/ },
    'asks for a password': { answer: (_, response) => (response.writeHead(401).end(), true), says: /it answers 401$/ },
    'has no index': { answer: (_, response) => (response.writeHead(404).end(), true), says: /it has no index\.yaml$/ },
    'sends elsewhere': { answer: (_, response) => (response.writeHead(301, { location: 'https://other.example/stable/index.yaml' }).end(), true), says: /it redirects to https:\/\/other\.example, where nothing is fetched from\. An administrator/ },
    'sends out of its path': { answer: (_, response) => (response.writeHead(302, { location: '/secret/index.yaml' }).end(), true), says: /it redirects to http/ },
    'sends round and round': { answer: ({ url }, response) => (response.writeHead(302, { location: `${url ?? ''}x` }).end(), true), says: /it redirects too often$/ },
    'says nothing for too long': { ms: 300, answer: () => true, says: /no answer in time$/ },
    'stops in the middle': { ms: 300, answer: (_, response) => (response.writeHead(200).write('apiVersion: v1\n'), true), says: /no answer in time$/ },
    'cuts the connection': { answer: ({ socket }) => (socket.destroy(), true), says: /the connection was cut$/ },
    'has too large an index': { answer: (_, response) => (response.writeHead(200).end(Buffer.alloc(1024 * 1024 + 1, ' ')), true), says: /its index\.yaml is larger than 1 MiB$/ },
    'has an index of too many aliases': { answer: (_, response) => (response.writeHead(200).end(`a: &a [x]\nentries:\n  redis: [${'*a,'.repeat(2_000)}]\n`), true), says: /^The index\.yaml of the chart repository \S+ cannot be read: has too many aliases/ },
    'has an index that laughs': { answer: (_, response) => (response.writeHead(200).end(`entries:\n  redis:\n  - &a0 [x, x]\n${Array.from({ length: 40 }, (__, index) => `  - &a${index + 1} [*a${index}, *a${index}, "1.2.3"]\n`).join('')}`), true), says: /cannot be read: (?:has too many|is nested|\*a)/ },
    'has an index of too many values': { answer: (_, response) => (response.writeHead(200).end(`x:\n${'- {a: b}\n'.repeat(100_000)}entries: {redis: []}\n`), true), says: /has too many|takes longer to read than/ },
    'has an index that is nested too deep': { answer: (_, response) => (response.writeHead(200).end(`{"entries":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), true), says: /cannot be read|nested too deep/ },
    'has a web page for an index': { answer: (_, response) => (response.writeHead(200).end('<html><body>sign in</body></html>'), true), says: /cannot be read: is not one map/ },
    'has an index that is no text': { answer: (_, response) => (response.writeHead(200).end(Buffer.from([0xff, 0xfe, 0, 1])), true), says: /cannot be read: is UTF-16/ },
  };
  for (const [what, { answer, says, ms = 10_000 }] of Object.entries(answers)) {
    test(what, async () => {
      const repository = await repositoryOf(redis);
      repository.answer((request, response) => (request.url ?? '').startsWith('/stable/index.yaml') && answer(request, response));
      const renderer = open([repository.url], { indexBytes: 1024 * 1024, downloadMs: ms });
      assert.match(await troubleOf(renderer, asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`])), says);
    });
  }

  for (const [what, answer] of Object.entries<NonNullable<Parameters<ChartRepository['answer']>[0]>>({
    'an archive that is cut off': ({ socket }) => (socket.destroy(), true),
    'an archive that is cut off in the middle': ({ socket }, response) => (response.writeHead(200, { 'content-length': 100 }).write('x', () => socket.destroy()), true),
    'an archive that may not be read': (_, response) => (response.writeHead(403).end(), true),
    'a server that cannot': (_, response) => (response.writeHead(503).end(), true),
  })) {
    test(`has ${what}`, async () => {
      const repository = await repositoryOf(redis);
      repository.answer((request, response) => (request.url ?? '').endsWith('.tgz') && answer(request, response));
      const renderer = open([repository.url], { againMs: 0 });
      const files = asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`]);
      assert.match(await troubleOf(renderer, files), /^The chart repository http\S+\/stable cannot be read: /);
      repository.answer(undefined);
      assert.equal(told(await renderer.chart(requestFor(files))).length, 2);
    });
  }

  test('has an archive that does not come', async () => {
    const repository = await repositoryOf(redis);
    repository.answer((request) => (request.url ?? '').endsWith('.tgz'));
    assert.match(await troubleOf(open([repository.url], { downloadMs: 2_000 }), asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`])), /no answer in time$/);
  });

  test('is slow for many archives: the next try goes on with those that are there', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const repository = await repositoryOf(...names.map((name) => chartOf(name, '1.0.0')));
    repository.answer(({ url = '' }, response) => {
      const chart = /^\/stable\/([a-h])-1\.0\.0\.tgz$/.exec(url)?.[1];
      if (chart === undefined) return false;
      setTimeout(() => response.writeHead(200).end(chartOf(chart, '1.0.0').archive), 1_000);
      return true;
    });
    const renderer = open([repository.url], { downloadMs: 3_000 });
    const files = asking(names.map((name) => `{ name: ${name}, version: 1.0.0, repository: "${repository.url}" }`));
    assert.match(await troubleOf(renderer, files), /^Fetching what a chart asks for takes long: [1-7] of 8 charts are there/);
    let [tries, objects] = [0, 0];
    while (objects === 0 && (tries += 1) < 8) objects = await renderer.chart(requestFor(files)).then(({ length }) => length, () => 0);
    assert.equal(objects, 9);
    assert.deepEqual(repository.asked.toSorted(), ['/stable/index.yaml', ...names.map((name) => `/stable/${name}-1.0.0.tgz`)].toSorted(), 'one was fetched twice');
  });

  test('has an index that takes too long to read: its reader is stopped, and nobody else’s queue is held back', async () => {
    const repository = await repositoryOf(redis);
    repository.answer((request, response) => request.url === '/stable/index.yaml' && (response.writeHead(200).end(`x:\n${'- {a: b}\n'.repeat(500_000)}entries: {redis: []}\n`), true));
    const renderer = open([repository.url], { againMs: 0 }, { readMs: 2_000, yaml: { documents: 10, nodes: 10_000_000, depth: 64, aliases: 10 } });
    assert.match(await troubleOf(renderer, asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`])), /^The index\.yaml of the chart repository \S+ takes longer to read than the 2 s it may/);
    assert.equal(told(await renderer.chart(requestFor(api({ 'templates/own.yaml': own })))).length, 1);
  });

  test('is not there', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.close();
    await once(server, 'close');
    assert.equal(await troubleOf(open([url]), asking([`{ name: redis, version: 1.2.3, repository: "${url}" }`])), `The chart repository ${url} cannot be read: connections are refused`);
    assert.match(rig.lines.join('\n'), /a chart repository could not be read/);
  });

  test('is where clouds keep secrets', async () => {
    assert.match(await troubleOf(open(['http://169.254.169.254/latest']), asking(['{ name: redis, version: 1.2.3, repository: "http://169.254.169.254/latest" }'])), /it leads to an address that may not be asked$/);
  });

  test('is not asked by everybody while it fails', async () => {
    const repository = await repositoryOf(redis);
    repository.answer((_, response) => (response.writeHead(500).end(), true));
    const renderer = open([repository.url]);
    const files = asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`]);
    for (let times = 0; times < 5; times += 1) assert.match(await troubleOf(renderer, files), /500/);
    assert.deepEqual(repository.asked, ['/stable/index.yaml']);
  });

  test('while it fails, what it said before holds', async () => {
    const repository = await repositoryOf(redis);
    const renderer = open([repository.url], { keptMs: 0, againMs: 0 });
    const files = asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`]);
    const before = await renderer.chart(requestFor(files));
    repository.answer((_, response) => (response.writeHead(500).end(), true));
    assert.deepEqual(await renderer.chart(requestFor(files)), before);
    assert.match(await troubleOf(renderer, asking([`{ name: redis, version: 1.2.4, repository: "${repository.url}" }`])), /500/);
    repository.answer((_, response) => (response.writeHead(200).end('entries: ['), true));
    assert.deepEqual(await renderer.chart(requestFor(files)), before);
  });
});
