import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { annotationsOf } from '../../app/core/traffic/dialects.ts';
import type { Dialect, DoorRules } from '../../app/core/traffic/policy.ts';
import { responseRules } from '../../sandbox/edge/response-rules.ts';
import { quiet } from '../support/traffic-cases.ts';
import { startEdge, type SandboxEdge } from '../../sandbox/edge/server.ts';
import type { Ingress } from '../../sandbox/kubernetes/objects.ts';

const rules = (responseHeaders: Readonly<Record<string, string>>): DoorRules => ({
  traffic: { ...quiet, responseHeaders },
  access: { kind: 'open' },
  tls: true,
  noindex: true,
  marker: 'foo-241-fr',
});

const odd = 'a "quoted" \'one\' at 100% of #1';

describe('rules on responses, as the edge reads them', () => {
  for (const dialect of ['haproxy-ingress', 'haproxytech'] as const satisfies readonly Dialect[])
    test(`what Avant writes for ${dialect} is read back`, () => {
      const read = responseRules(annotationsOf(dialect, rules({ 'X-Odd': odd })).annotations);
      const set = Object.fromEntries(read.flatMap(({ header, value }) => (value === undefined ? [] : [[header, value]])));
      assert.deepEqual(set, { 'X-Odd': odd, 'X-Robots-Tag': 'noindex', 'X-Avant-Preview': 'foo-241-fr' });
    });

  test('what is no rule on responses is left alone, and so is what holds only sometimes', () => {
    const snippet = ['http-request set-header X-A 1', 'http-response set-header X-B "2" if { status 200 }', 'http-response set-header X-C', '# http-response set-header X-D 4', '', "http-response set-header X-E 'five' # six"].join('\n');
    assert.deepEqual(responseRules({ 'haproxy-ingress.github.io/config-backend': snippet, 'haproxy.org/load-balance': 'http-response set-header X-F 7' }), [{ header: 'X-E', value: 'five' }]);
    assert.deepEqual(responseRules(), []);
  });
});

describe('an edge that marks what previews answer', () => {
  let edge: SandboxEdge;
  const ingress = (name: string): Ingress => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: name, uid: name, resourceVersion: '1', creationTimestamp: '2026-11-22T08:00:00Z', annotations: { 'kubernetes.io/ingress.class': 'x', ...annotationsOf('haproxy-ingress', rules({})).annotations } },
    spec: { rules: [{ host: `${name}.bar.com`, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] } }] },
  });
  const serve: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    implicit: (_request, response) => void response.end('ok'),
    map: (_request, response) => void response.writeHead(404, 'Nope', { 'content-type': 'text/plain', 'x-avant-preview': 'forged', 'Strict-Transport-Security': 'max-age=1' }).end('ok'),
    list: (_request, response) => void response.writeHead(200, ['X-Avant-Preview', 'forged', 'X-Own', '1']).end('ok'),
    set: (_request, response) => {
      response.setHeader('x-avant-preview', 'forged');
      response.statusCode = 503;
      response.end('ok');
    },
    throws: () => {
      throw new Error('no');
    },
  };
  before(async () => {
    const hosts = [...Object.keys(serve), 'empty', 'absent'];
    const endpoints = (name: string): { serve: (typeof serve)[string]; logs: () => string[] }[] | undefined => {
      const found = serve[name];
      return name === 'absent' ? undefined : found ? [{ serve: found, logs: () => [] }] : [];
    };
    edge = await startEdge({ port: 0, ingressClass: 'x', kubernetes: { ingresses: () => hosts.map(ingress), endpoints } });
  });
  after(() => edge.close());

  const mark = async (name: string): Promise<unknown> => {
    const { statusCode, headers, body } = await request(edge.url, { headers: { host: `${name}.bar.com` } });
    await body.dump();
    return [statusCode, headers['x-avant-preview'], headers['strict-transport-security'], headers['x-own']];
  };

  test('whatever a container sets, and however', async () => {
    assert.deepEqual(await mark('implicit'), [200, 'foo-241-fr', undefined, undefined]);
    assert.deepEqual(await mark('map'), [404, 'foo-241-fr', undefined, undefined]);
    assert.deepEqual(await mark('list'), [200, 'foo-241-fr', undefined, '1']);
    assert.deepEqual(await mark('set'), [503, 'foo-241-fr', undefined, undefined]);
  });

  test('what the edge says itself has no mark', async () => {
    assert.deepEqual(await mark('empty'), [503, undefined, undefined, undefined]);
    assert.deepEqual(await mark('absent'), [404, undefined, undefined, undefined]);
    assert.deepEqual(await mark('nobody'), [404, undefined, undefined, undefined]);
    assert.deepEqual(await mark('throws'), [502, undefined, undefined, undefined]);
  });
});
