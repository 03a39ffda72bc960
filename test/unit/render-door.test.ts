import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { harmlessAnnotations } from '../../app/core/traffic/branch-annotations.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import { typedFieldOf } from '../../app/core/traffic/typed-annotations.ts';
import type { Access, ClassForm } from '../../app/core/traffic/policy.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { policy } from '../support/guard-policy.ts';
import { objectsOf, previewsOf, rendered, type Surroundings } from '../support/previews.ts';
import { leastRules, quiet } from '../support/traffic-cases.ts';
import { ingressOf, previewFor, sourcedIngress, throughTheDoor } from '../support/traffic-ingress.ts';

const [web, api] = ['foo-241.preview.bar.com', 'foo-241-api.preview.bar.com'] as const;
const office = { ...leastRules, access: { kind: 'addresses', addresses: ['203.0.113.0/24'] } } as const;
const ways: readonly Access[] = [
  office.access,
  { kind: 'password', secret: { namespace: 'avant-secrets', name: 'office' }, realm: 'preview' },
  { kind: 'request', url: 'http://sso.bar.com/auth', signin: undefined, headers: [] },
];
const dialect = 'haproxy-ingress';
const prefix = 'haproxy-ingress.github.io';
const both = (rules: typeof leastRules = leastRules): Preview => previewFor(dialect, 'foo-241', [{ host: web, rules: leastRules }, { part: 'api', host: api, rules }]);

describe('what the door is told', () => {
  test('is on every Ingress of a preview, each of the app that it leads to', () => {
    const { objects } = throughTheDoor(both(office), [ingressOf(web), ingressOf(web, { name: 'more', paths: ['/more'] }), ingressOf(api, { name: 'api', service: 'api' })]);
    const ranges = objects.map(({ metadata }) => metadata.annotations?.[`${prefix}/allowlist-source-range`]);
    assert.deepEqual(ranges, [undefined, undefined, '203.0.113.0/24']);
    for (const { metadata } of objects) assert.match(metadata.annotations?.[`${prefix}/config-backend`] ?? '', /^http-response set-header X-Avant-Preview "foo-241" if /m);
  });

  test('is the platform’s word above the branch’s', () => {
    const preview = both();
    const key = `${prefix}/hsts`;
    // No branch gets this far: the guard refuses the annotation, also where the platform lists it.
    assert.match(throughTheDoor(preview, [ingressOf(web, { annotations: { [key]: 'true' } })], [key]).refused[0] ?? '', /take it out: TLS is the platform’s \(ingress-annotation\)/);
    const { objects } = throughTheDoor(preview, [ingressOf(web, { annotations: { [`${prefix}/affinity`]: 'cookie' } })], [`${prefix}/affinity`]);
    assert.deepEqual([objects[0]?.metadata.annotations?.[`${prefix}/affinity`], objects[0]?.metadata.annotations?.[key]], ['cookie', 'false']);
  });

  test('TLS is for the Ingress’ own hosts, by the door’s certificate', () => {
    const tls = { ...leastRules, tls: true };
    const preview = previewFor(dialect, 'foo-241', [{ host: web, rules: tls }, { part: 'api', host: api, rules: tls }]);
    const rule = (host: string) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } });
    const { objects } = throughTheDoor(preview, [sourcedIngress({ name: 'web' }, { tls: [{ hosts: [web], secretName: 'own' }], rules: [rule(web), rule(api), rule(web)] })]);
    assert.deepEqual((objects[0]?.spec as { tls: unknown }).tls, [{ hosts: [web, api] }]);
  });

  test('one Ingress or Service for two apps is fine while both have the same rules', () => {
    const rule = (host: string) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } });
    const shared = sourcedIngress({ name: 'web' }, { rules: [rule(web), rule(api)] });
    assert.deepEqual(throughTheDoor(both(), [shared]).refused, []);
    assert.deepEqual(throughTheDoor(both(office), [shared]).refused, [
      `.cloud/charts/web/templates/ingress.yaml: Ingress/web leads to ${web} and ${api}, which have different rules (traffic, access) — write an Ingress for each`,
    ]);
    const two = [ingressOf(web), ingressOf(api, { name: 'api' })];
    assert.deepEqual(throughTheDoor(both(), two).refused, []);
    assert.deepEqual(throughTheDoor(both(office), two).refused, [
      `.cloud/charts/web/templates/ingress.yaml: Ingress/api leads ${api} to the Service web, as ${web} is, which has different rules (traffic, access) — give each a Service of its own`,
    ]);
  });

  test('CORS of the door is a branch’s to ask for only where everybody may look', () => {
    for (const key of [`${prefix}/cors-enable`, 'haproxy.org/cors-enable', `${prefix}/cors-max-age`]) {
      const ingresses = [ingressOf(web), ingressOf(web, { name: 'more', paths: ['/more'], annotations: { [key]: 'true' } })];
      assert.deepEqual(throughTheDoor(both(), ingresses, [key]).refused, []);
      for (const access of ways)
        assert.deepEqual(throughTheDoor(previewFor(dialect, 'foo-241', [{ host: web, rules: { ...leastRules, access } }]), ingresses, [key]).refused, [
          `.cloud/charts/web/templates/ingress.yaml: Ingress/more has the annotation ${key}, and not everybody may look (access): OPTIONS would get by — take it out, or let the program answer preflights`,
        ]);
    }
  });

  test('values that are not plain refuse the preview, and name the field', async () => {
    const [preview] = previewsOf();
    const [app] = preview!.apps;
    const rules = { ...leastRules, traffic: { ...quiet, responseHeaders: { 'X-A': 'a\nhttp-request deny' } } };
    const rendering = await rendered({ ...preview!, apps: [{ ...app!, rules }] });
    assert.ok(rendering.kind === 'refused');
    assert.match(rendering.trouble.problems?.[0] ?? '', /^traffic\.responseHeaders: has a value of X-A that is not plain/);
  });
});

describe('the form of the class', () => {
  const annotation = 'kubernetes.io/ingress.class';
  const expected: Readonly<Record<ClassForm, readonly (string | undefined)[]>> = { annotation: ['haproxy-v1', undefined], field: [undefined, 'haproxy-v1'], both: ['haproxy-v1', 'haproxy-v1'] };
  for (const [form, [noted, field]] of Object.entries(expected) as [ClassForm, readonly (string | undefined)[]][])
    test(`${form}, whatever the branch wrote`, () => {
      for (const [annotations, spec] of [[{}, {}], [{ [annotation]: 'haproxy-v1' }, {}], [{}, { ingressClassName: 'haproxy-v1' }]] as const) {
        const preview = both();
        const { object } = ingressOf(web, { annotations });
        const given = { ...ingressOf(web), object: { ...object, spec: { ...(object['spec'] as object), ...spec } } };
        const { objects } = throughTheDoor({ ...preview, ingress: { ...preview.ingress, form } }, [given]);
        assert.deepEqual([objects[0]?.metadata.annotations?.[annotation], (objects[0]?.spec as { ingressClassName?: string }).ingressClassName], [noted, field]);
      }
    });
});

describe('annotations that a typed field is for', () => {
  const typed: Readonly<Record<string, readonly string[]>> = {
    'traffic.rateLimit': ['limit-rps', 'rate-limit-requests', 'rate-limit-period'],
    'traffic.connectionsPerAddress': ['limit-connections'],
    'traffic.requestHeaders': ['headers', 'request-set-header', 'set-host'],
    'traffic.responseHeaders': ['response-set-header'],
    'traffic.queue.maxConnections': ['maxconn-server', 'pod-maxconn'],
    'traffic.queue.length': ['maxqueue-server'],
    'traffic.queue.timeout': ['timeout-queue'],
    'traffic.balance': ['balance-algorithm', 'load-balance'],
    'traffic.timeouts.server': ['timeout-server', 'proxy-read-timeout'],
    'traffic.timeouts.connect': ['timeout-connect'],
    'traffic.timeouts.tunnel': ['timeout-tunnel'],
    'traffic.rewrite': ['rewrite-target', 'path-rewrite'],
    'traffic.protocol': ['backend-protocol', 'server-proto'],
    'traffic.bodySize': ['proxy-body-size'],
  };
  const prefixes = [prefix, 'ingress.kubernetes.io', 'haproxy.org', 'haproxy.com', 'nginx.ingress.kubernetes.io', 'proxy.bar.com'];
  for (const [field, names] of Object.entries(typed))
    test(`${field} is told to write`, () => {
      for (const key of names.flatMap((name) => prefixes.map((one) => `${one}/${name}`)))
        for (const allowed of [[], [key]])
          assert.deepEqual(throughTheDoor(both(), [ingressOf(web, { annotations: { [key]: '1' } })], allowed).refused, [
            `.cloud/charts/web/templates/ingress.yaml: Ingress/web metadata.annotations."${key}": is for the platform to write — take it out, and write ${field} in .cloud/preview.yaml (ingress-annotation)`,
          ]);
    });

  test('what has no field of its own is told what to do', () => {
    const told = (name: string): string => throughTheDoor(both(), [ingressOf(web, { annotations: { [`${prefix}/${name}`]: '1' } })]).refused[0] ?? '';
    for (const name of ['auth-secret', 'auth-url', 'allowlist-source-range', 'denylist-source-range', 'oauth']) assert.match(told(name), /choose one of the platform’s ways with access in \.cloud\/preview\.yaml/);
    for (const name of ['ssl-redirect', 'hsts', 'hsts-max-age']) assert.match(told(name), /TLS is the platform’s/);
    for (const name of ['config-backend', 'config-backend-early', 'backend-config-snippet', 'config-proxy']) assert.match(told(name), /with the fields of traffic and access/);
    assert.match(told('affinity'), /ask the administrators to allow it/);
  });

  test('a Service has none of them either', () => {
    for (const key of [`${prefix}/timeout-server`, `${prefix}/config-backend`, 'haproxy.org/pod-maxconn', `${prefix}/affinity`]) {
      const service = { file: 'a.yaml', stable: true, object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', annotations: { [key]: '1' } }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } } };
      assert.match(throughTheDoor(both(), [service], [key]).refused[0] ?? '', /\(service-annotation\)$/);
    }
  });

  test('none of them is harmless, nor in the policy of the tests', () => {
    for (const key of [...harmlessAnnotations, ...policy.ingressAnnotations]) assert.equal(typedFieldOf(key), undefined);
  });
});

describe('access by password', () => {
  const access: Access = { kind: 'password', secret: { namespace: 'vault', name: 'passwords' }, realm: 'preview' };
  const [first] = previewsOf();
  const [app] = first!.apps;
  const preview: Preview = { ...first!, apps: [{ ...app!, rules: { ...app!.rules, access } }] };
  const secret = (data: Readonly<Record<string, string>>): KubernetesObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'passwords', namespace: 'vault', uid: 'u', resourceVersion: '1' }, data });
  const cluster = (found: KubernetesObject | undefined, asked: string[] = []) => ({
    get: (ref: { readonly kind: string; readonly name: string; readonly namespace?: string }) => {
      asked.push(`${ref.kind} ${ref.namespace ?? ''}/${ref.name}`);
      return Promise.resolve(found);
    },
    version: () => Promise.resolve('1.36.1'),
    apiServer: () => Promise.resolve([]),
  });
  const message = async (surroundings: Surroundings, of = preview): Promise<string | undefined> => {
    const rendering = await rendered(of, surroundings);
    return rendering.kind === 'refused' ? `${rendering.trouble.reason}: ${rendering.trouble.message}` : undefined;
  };

  const auth = (text: string): KubernetesObject => secret({ auth: Buffer.from(text).toString('base64') });

  test('waits until there is one: a controller that finds none may let everybody in', async () => {
    assert.equal(await message({ cluster: cluster(undefined) }), 'SecretMissing: The administrators have still to make vault/passwords.');
    for (const data of [{}, { other: 'YQ==' }, { auth: '' }, { auth: 'Cgo=' }]) assert.equal(await message({ cluster: cluster(secret(data)) }), 'SecretMissing: The administrators have still to make the key auth in vault/passwords.');
    assert.equal(await message({ cluster: cluster(auth('a::b')) }), undefined);
  });

  test('waits for one that HAProxy takes, and tells the line without its text', async () => {
    const digest = 'uwzzgoJSgEJAEzGRFqU/A.WDkMA9fJcYCw0Ugfb2RpTRlx2Z3ehn.';
    const right = [`ann:$2y$05$${digest}`, `ann:$6$rounds=5000$salt$${'a'.repeat(86)}`, `ann:$5$salt$${'b'.repeat(43)}`, `ann:$1$salt$${'c'.repeat(22)}`, 'ann:abJnggxhB/yWI', 'ann::pass', 'a\n'.replace('a', 'ann::x\n\nben::y')];
    for (const text of right) assert.equal(await message({ cluster: cluster(auth(text)) }), undefined, text);
    const wrong = ['ann b::secret', 'ann::sec ret', 'ann:secret', 'ann:$apr1$salt$abcdefghijklmnopqrstuv', 'ann:', 'ann', ':secret', 'ann::secret\r', 'ann::sec"ret', "ann::sec'ret", 'ann::sec\\ret', 'ann::#secret', 'ann::secret\u0000', `ann:$6$s t$${'a'.repeat(86)}`, `ann:$6$s"$${'a'.repeat(86)}`, `${'a'.repeat(300)}::secret`];
    for (const text of wrong) {
      const told = (await message({ cluster: cluster(auth(`ben::b\n${text}\n`)) })) ?? '';
      assert.match(told, /^SecretMissing: The administrators have still to mend line 2 of the key auth in vault\/passwords, which is no user:hash that HAProxy knows/, text);
      assert.doesNotMatch(told, /sec.?ret/);
    }
  });

  test('of the other controller each key is a user', async () => {
    const other: Preview = { ...preview, ingress: { ...preview.ingress, dialect: 'haproxytech' } };
    const of = (data: Readonly<Record<string, string>>) => message({ cluster: cluster(secret(data)) }, other);
    assert.equal(await of({ ann: Buffer.from('abJnggxhB/yWI\n').toString('base64') }), undefined);
    assert.match((await of({})) ?? '', /have still to make a key for each user in vault\/passwords\.$/);
    assert.match((await of({ ann: 'YQ==' })) ?? '', /have still to mend the key ann in vault\/passwords, which is no hash/);
  });

  test('is looked up each time: what is taken away is seen whatever leads there', async () => {
    const there = await objectsOf(preview, { cluster: cluster(auth('a::b')) });
    const asked: string[] = [];
    assert.match((await message({ cluster: cluster(undefined, asked), observed: { namespaces: [], objects: there, pods: [] }, changed: false })) ?? '', /^SecretMissing/);
    assert.deepEqual(asked, ['Secret vault/passwords']);
  });
});
