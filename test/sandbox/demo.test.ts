import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { saysReady } from '../../sandbox/demo/avant.ts';
import { checkOptions, connect, platformConfig } from '../../sandbox/demo/on-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'avant-demo-test-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Ports that `fetch` does not ask at, https://fetch.spec.whatwg.org/#port-blocking; any that is free here will do. */
const blocked = [4190, 6566, 6679, 6697, 10_080];

describe('the demo', () => {
  test('hears that Avant is ready at a port that fetch would not ask at', async (t) => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      response.writeHead(request.url === '/readyz' && asked > 1 ? 200 : 503).end();
    });
    t.after(() => server.close());
    for (const port of blocked) {
      server.listen(port, 'localhost');
      if (await once(server, 'listening').then(() => true, () => false)) break;
    }
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object', 'none of the ports is free');
    assert.deepEqual([await saysReady(address.port), await saysReady(address.port)], [false, true]);
  });

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const broken: readonly (readonly [what: string, text: string, why: RegExp])[] = [
    ['no YAML', 'users:\n- user:\n    token: hunter2\n  - a\n', /cannot be read as a kubeconfig/],
    ['an alias that is none', 'users:\n- user:\n    token: *hunter2\n', /cannot be read as a kubeconfig \(line 3 is no YAML\)/],
    ['a tag that is none', 'users:\n- user:\n    token: !hunter2 x\n', /cannot be read as a kubeconfig \(line 3 is no YAML\)/],
    ['a list', '- hunter2\n', /cannot be read as a kubeconfig|has no current-context/],
    ['nothing', '', /cannot be read as a kubeconfig|has no current-context/],
    ['no current context', 'apiVersion: v1\nkind: Config\n', /cannot be read as a kubeconfig|has no current-context/],
    ['a context that leads nowhere', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\ncurrent-context: a\n', /has no current-context with a cluster/],
  ];
  for (const [what, text, why] of broken)
    test(`a kubeconfig with ${what}: its name, and how to mend it`, () => {
      const kubeconfig = file(`${what.replaceAll(' ', '-')}.yaml`, text);
      assert.throws(() => connect({ kubeconfig }), (error: Error) => {
        assert.match(error.message, why);
        assert.ok(error.message.startsWith(`--kubeconfig: ${kubeconfig} `), error.message);
        assert.ok(error.message.endsWith(`; name one with which this works: kubectl --kubeconfig ${kubeconfig} get namespaces`), error.message);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    });

  const options = { image: 'docker.io/library/busybox:1.37', domain: 'preview.localhost', url: 'http://${host}', door: undefined, ingressClass: 'haproxy-v1' };
  const wrong: readonly (readonly [change: Partial<typeof options> | { door: string }, words: RegExp])[] = [
    [{ url: 'nohost' }, /^--url: /],
    [{ domain: 'a: b' }, /^--domain: /],
    [{ door: 'foo' }, /^--door: /],
    [{ ingressClass: 'Not A Class' }, /^--ingress-class: /],
    [{ image: 'Not An Image' }, /^--image: "Not An Image" is no image — write one such as docker\.io\/library\/busybox:1\.37$/],
  ];
  for (const [change, words] of wrong)
    test(`an option that cannot be is named before anything is made: ${JSON.stringify(change)}`, () => {
      const all = { ...options, ...change };
      assert.throws(() => { checkOptions(all, platformConfig(all)); }, { message: words });
    });

  test('options that are right are taken', () => {
    checkOptions(options, platformConfig(options));
    const door = { ...options, door: 'http://10.0.0.1:8080' };
    checkOptions(door, platformConfig(door));
  });

  test('a kubeconfig that is whole is taken', () => {
    const whole = 'apiVersion: v1\nkind: Config\nclusters: [{ name: a, cluster: { server: "http://localhost:1" } }]\nusers: [{ name: a, user: {} }]\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\ncurrent-context: a\n';
    assert.ok(connect({ kubeconfig: file('whole.yaml', whole) }));
  });
});
