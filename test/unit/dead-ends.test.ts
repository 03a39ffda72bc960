import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathShown } from '../../app/core/answering.ts';
import { deadEnds } from '../../app/core/dead-ends.ts';
import { names, type Json, type KubernetesObject } from '../../app/core/object.ts';
import type { TenantRecord } from '../../app/core/record.ts';
import { tenantRecordIn } from '../support/report-builders.ts';

const url = 'https://foo-241.preview.bar.com';
const record: TenantRecord = { ...tenantRecordIn('foo-241'), url, links: [{ part: '', url }] };

type Path = readonly [path: string, service: string, port?: string | number];
const ingress = (name: string, ...paths: readonly Path[]): KubernetesObject => {
  const portOf = (port: string | number): Json => (typeof port === 'number' ? { number: port } : { name: port });
  const http = { paths: paths.map(([path, service, port = 'http']) => ({ path, backend: { service: { name: service, port: portOf(port) } } })) };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, annotations: { [names.source]: '.cloud/charts/web/templates/ingress.yaml' } }, spec: { rules: [{ host: 'foo-241.preview.bar.com', http }] } };
};
const service = (name: string, ports: Json = [{ name: 'http', port: 80, targetPort: 8080 }]): KubernetesObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports } });
const messageOf = (objects: readonly KubernetesObject[], parts: Partial<TenantRecord> = {}): string | undefined => deadEnds({ ...record, ...parts }, objects).get(url)?.message.replace(/^.* leads to /, '');

describe('links that lead nowhere', () => {
  const cases: readonly (readonly [what: string, objects: readonly KubernetesObject[], message: RegExp | undefined])[] = [
    ['its Service is there', [ingress('a', ['/', 'web']), service('web')], undefined],
    ['there is no Service', [ingress('a', ['/', 'web'])], /^the Service `web`, which is not there\. There is none\.$/],
    ['there is another', [ingress('a', ['/', 'wbe']), service('web')], /^the Service `wbe`, which is not there\. There is `web`\.$/],
    ['there are two others', [ingress('a', ['/', 'wbe']), service('web'), service('db')], /There are `db`, `web`\.$/],
    ['there are eleven others', [ingress('a', ['/', 'x']), ...Array.from({ length: 11 }, (_, index) => service(`s${index}`))], /There are `s0`, `s1`, `s10`, `s2`, .*`s8` and others\.$/],
    ['another path’s Service is not there', [ingress('a', ['/', 'web'], ['/api', 'api']), service('web')], undefined],
    ['only another path’s Service is there', [ingress('a', ['/', 'web'], ['/api', 'api']), service('api')], /^the Service `web`, which is not there/],
    ['there is no path / and the first is dead', [ingress('a', ['/api', 'api'], ['/web', 'web']), service('web')], /^the Service `api`/],
    ['of two Ingresses one leads there', [ingress('a', ['/', 'wbe']), ingress('b', ['/', 'web']), service('web')], undefined],
    ['a port by number', [ingress('a', ['/', 'web', 80]), service('web')], undefined],
    ['a port by its target, which haproxy-ingress takes', [ingress('a', ['/', 'web', 8080]), service('web')], undefined],
    ['a number that is none of its ports', [ingress('a', ['/', 'web', 81]), service('web')], /^the port `81` of the Service `web`, which it does not have\. There is `http`\.$/],
    ['a name that is none of its ports', [ingress('a', ['/', 'web', 'htpp']), service('web', [{ port: 80 }, { name: 'metrics', port: 9 }])], /There are `80`, `metrics`\.$/],
    ['a Service without ports, as ExternalName may be', [ingress('a', ['/', 'web']), service('web', [])], undefined],
    ['no Ingress', [service('web')], undefined],
    ['an Ingress of another host', [{ ...ingress('a', ['/', 'wbe']), spec: { rules: [{ host: 'b.c', http: { paths: [{ backend: { service: { name: 'wbe' } } }] } }] } }], undefined],
    ['a backend that is no Service', [{ ...ingress('a'), spec: { rules: [{ host: 'foo-241.preview.bar.com', http: { paths: [{ path: '/', backend: { resource: { kind: 'Bucket', name: 'b' } } }] } }] } }], undefined],
  ];
  for (const [what, objects, message] of cases)
    test(what, () => {
      if (message) assert.match(messageOf(objects) ?? 'leads somewhere', message);
      else assert.equal(messageOf(objects), undefined);
    });

  test('the advice names the file', () => {
    assert.equal(deadEnds(record, [ingress('a', ['/', 'web'])]).get(url)?.advice, 'Correct the name in `.cloud/charts/web/templates/ingress.yaml` and push.');
  });

  test('a door knows better, but is not asked again where there is trouble', () => {
    const objects = [ingress('a', ['/', 'web'])];
    const trouble = { reason: 'Refused', message: '', failures: 1, retryAt: '2026-11-22T08:09:00Z' } as const;
    assert.equal(messageOf(objects, { door: [] }), undefined);
    assert.match(messageOf(objects, { door: [], trouble }) ?? '', /which is not there/);
    assert.match(messageOf(objects, { trouble }) ?? '', /which is not there/);
    assert.equal(messageOf([...objects, service('web')], { door: [], trouble }), undefined);
  });
});

test('what a link shows is / unless its Ingresses have only other paths', () => {
  assert.equal(pathShown(url, [ingress('a', ['/web', 'x'], ['/api', 'x'])]), '/api');
  assert.equal(pathShown(url, [ingress('a', ['/api', 'x']), ingress('b', ['/', 'x'])]), '/');
  assert.equal(pathShown('https://other.preview.bar.com', [ingress('a', ['/api', 'x'])]), '/');
  assert.equal(pathShown(url, []), '/');
});
