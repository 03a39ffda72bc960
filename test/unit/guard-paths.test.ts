import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guard } from '../../app/core/guard/guard.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
import type { Json } from '../../app/core/object.ts';
import { host, policy, selector, sourced } from '../support/guard-policy.ts';

function told(objects: readonly Json[]): readonly string[] {
  return guard(objects.map((object, index) => sourced(object, `${index}.yaml`)), policy).violations.map(formatViolation);
}

const service = (name: string, ...ports: readonly Json[]): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector, ports: ports.length > 0 ? ports : [{ name: 'http', port: 80, targetPort: 8080 }] },
});

const ingress = (name: string, ...paths: readonly Json[]): Json => ({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name }, spec: { rules: [{ host, http: { paths } }] } });

describe('a path that leads to two places is refused', () => {
  type Way = { readonly path?: string; readonly pathType?: string; readonly to?: string; readonly port?: Json };
  const way = (name: string, { path = '/', pathType = 'Prefix', to = 'a', port = { number: 80 } }: Way): Json => ingress(name, { path, pathType, backend: { service: { name: to, port } } });
  const services = [service('b'), service('a', { name: 'http', port: 80, targetPort: 8080 }, { name: 'more', port: 81, targetPort: 'more' }, { name: 'again', port: 82, targetPort: 8080 }, { name: 'bare', port: 9090 })];
  const of = (first: Way, second: Way): readonly string[] => told([way('one', first), way('two', second), ...services]);
  const [number, other] = [{}, { to: 'b' }];

  test('name both, and how the other writes it', () => {
    const end = 'one of the two would get no request: give it another path, or take it out (ingress-path-twice)';
    const line = '1.yaml: Ingress/two spec.rules[0].http.paths[0].backend: leads to port 80 of the Service "b", and the same path to port 80 of the Service "a" by Ingress/one in 0.yaml';
    assert.deepEqual(of(number, other), [`${line} — ${end}`]);
    assert.deepEqual(of({ path: '/Api', pathType: 'ImplementationSpecific' }, { ...other, path: '/api', pathType: 'ImplementationSpecific' }), [`${line}, where it is "/Api" — ${end}`]);
  });

  const prefix = (path: string): Way => ({ path, pathType: 'Prefix' });
  const begin = (path: string): Way => ({ path, pathType: 'ImplementationSpecific' });
  const exact = (path: string): Way => ({ path, pathType: 'Exact' });
  const paths: readonly (readonly [what: string, first: Way, second: Way, same: boolean])[] = [
    ['one Prefix', prefix('/a'), prefix('/a'), true],
    ['a Prefix with a slash', prefix('/a'), prefix('/a/'), true],
    ['a Prefix in capitals', prefix('/a'), prefix('/A'), false],
    ['two paths', prefix('/a'), prefix('/b'), false],
    ['one that the controller reads', begin('/a'), begin('/a'), true],
    ['one in capitals', begin('/a'), begin('/A'), true],
    ['one with a slash', begin('/a'), begin('/a/'), false],
    ['Prefix and what the controller reads', prefix('/a'), begin('/a'), false],
    ['the same at /', prefix('/'), begin('/'), true],
    ['Exact', exact('/a'), exact('/a'), true],
    ['Exact with a slash', exact('/a'), exact('/a/'), false],
    ['Exact beside Prefix', exact('/'), prefix('/'), false],
    ['Exact beside what the controller reads', exact('/a'), begin('/a'), false],
  ];
  for (const [what, first, second, same] of paths)
    test(`${what}: ${same ? 'one path' : 'two'}`, () => {
      assert.equal(of(first, { ...second, ...other }).length, same ? 1 : 0);
      assert.deepEqual(of(first, second), []);
    });

  const ports: readonly (readonly [what: string, first: Json, second: Json, same: boolean])[] = [
    ['its name and its number', { name: 'http' }, { number: 80 }, true],
    ['its name and its target', { name: 'http' }, { number: 8080 }, true],
    ['its name and the number of another', { name: 'http' }, { number: 81 }, false],
    ['two names', { name: 'http' }, { name: 'more' }, false],
    ['two that lead to one port of the pods', { name: 'http' }, { name: 'again' }, true],
    ['one without a target', { name: 'bare' }, { number: 9090 }, true],
  ];
  for (const [what, first, second, same] of ports)
    test(`${what}: ${same ? 'one port' : 'two'}`, () => {
      assert.equal(of({ port: first }, { port: second }).length, same ? 0 : 1);
    });
});

describe('a path that leads nowhere is refused', () => {
  const to = (name: Json, port: Json = { number: 80 }): Json => ingress('one', { path: '/', pathType: 'Prefix', backend: { service: { name, port } } });
  const field = '0.yaml: Ingress/one spec.rules[0].http.paths[0].backend.service';
  const eleven = Array.from({ length: 11 }, (_, index) => service(`s${index}`));
  const cases: readonly (readonly [what: string, objects: readonly Json[], line: string])[] = [
    ['there is no Service', [to('web')], '.name: is "web", which is no Service of this preview. There is none — add a Service "web"'],
    ['there is another', [to('wbe'), service('web')], '.name: is "wbe", which is no Service of this preview. There is "web" — write web, or add a Service "wbe"'],
    ['there are two others', [to('wbe'), service('web'), service('api')], '.name: is "wbe", which is no Service of this preview. There are "api", "web" — write one of these, or add a Service "wbe"'],
    ['there are eleven others', [to('wbe'), ...eleven], '.name: is "wbe", which is no Service of this preview. There are "s0", "s1", "s10", "s2", "s3", "s4", "s5", "s6", "s7", "s8" and others — write one of these, or add a Service "wbe"'],
    ['another number', [to('web', { number: 81 }), service('web')], '.port: is 81, and the Service "web" has no such port. There is "http" — write name: http, or give the Service this port'],
    ['another name', [to('web', { name: 'htpp' }), service('web', { port: 80 })], '.port: is "htpp", and the Service "web" has no such port. There is "80" — write number: 80, or give the Service this port'],
    ['one of two', [to('web', { name: 'htpp' }), service('web', { name: 'http', port: 80 }, { name: 'metrics', port: 9 })], '.port: is "htpp", and the Service "web" has no such port. There are "http", "metrics" — write one of these, or give the Service this port'],
    ['a Service without ports', [to('web'), { ...(service('web') as object), spec: { selector, clusterIP: 'None' } }], '.port: is 80, and the Service "web" has no such port. There is none — give the Service this port'],
    ['a name and a number', [to('web', { name: 'http', number: 80 }), service('web')], '.port: has a name and a number — take out one of the two'],
    ['neither', [to('web', { name: '' }), service('web')], '.port: has neither a name nor a number — write one of the two, as the Service has it'],
    ['a name that is a number', [to('web', { name: 80 }), service('web')], '.port.name: is 80, and a name has a letter — write number: 80'],
  ];
  for (const [what, objects, line] of cases)
    test(what, () => {
      assert.deepEqual(told(objects), [`${field}${line} (ingress-service)`]);
    });

  test('unless the Service is anywhere among the objects', () => {
    assert.deepEqual(told([to('web', { name: 'http' }), service('web')]), []);
    assert.deepEqual(told([service('web'), to('web', { name: '', number: 80 })]), []);
    assert.deepEqual(told([{ apiVersion: 'v1', kind: 'List', items: [to('web', { number: 8080 }), service('web')] }]), []);
  });

  test('each is told once, also where the Service is refused, or cannot be looked at', () => {
    const rulesOf = (...objects: readonly Json[]): readonly string[] => guard(objects.map((object) => sourced(object)), policy).violations.map(({ rule }) => rule);
    const web = service('web') as { readonly spec: { readonly [key: string]: Json } };
    assert.deepEqual(rulesOf(to('web'), { ...web, spec: { ...web.spec, type: 'NodePort' } }), ['service-type']);
    assert.deepEqual(rulesOf(to('web'), { ...web, apiVersion: 'v2' }), ['api-version']);
    assert.deepEqual(rulesOf(to('web'), service('web', { port: '80' })), ['field-type']);
    assert.deepEqual(rulesOf(to('web'), { ...web, kind: 'Service', status: '\ud800' }), ['json']);
    assert.deepEqual(rulesOf(to('We/b'), service('web')), ['field-value']);
    assert.deepEqual(rulesOf(to(null), service('web')), ['field-required']);
    assert.deepEqual(rulesOf(to('web', null), service('web')), ['field-required']);
    assert.deepEqual(rulesOf(to('web', { number: '80' }), service('web')), ['field-type']);
    assert.deepEqual(rulesOf(to('web', { number: 0 }), service('web')), ['field-value']);
    assert.deepEqual(rulesOf(to('web'), service('web'), service('web', { port: 81 })), ['duplicate']);
    const both = ingress('one', ...['wbe', 'web'].map((name) => ({ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } })));
    assert.deepEqual(rulesOf(both, service('web')), ['ingress-service']);
  });

  test('of ten thousand the first hundred are told and the rest is counted', () => {
    const paths = Array.from({ length: 10_000 }, (_, index) => ({ path: `/${index % 7}`, pathType: 'Prefix', backend: { service: { name: index % 2 ? `s${index}` : `x${index}`, port: { number: 1 + index } } } }));
    const many = [ingress('one', ...paths), service('s1', ...Array.from({ length: 10_000 }, (_, index) => ({ name: `p${index}`, port: 20_000 + index })))];
    assert.equal(told([...many, ...Array.from({ length: 10_000 }, (_, index) => service(`s${index}`))]).length, 101);
  });
});
