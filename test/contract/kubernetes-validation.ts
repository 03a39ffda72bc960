import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { configMap, deployment, ingress, paths, service } from './kubernetes-objects.ts';

type Refused = readonly [title: string, body: Tree, field: string, reason: string];

const invalid = 'FieldValueInvalid';
const required = 'FieldValueRequired';
const noName = { backend: { service: { name: 'foo-service', port: {} } } };
const badPort = { backend: { service: { name: 'foo-service', port: { name: 'Bad_Name' } } } };
const path = 'spec.rules[0].http.paths[0]';
const container = 'spec.template.spec.containers[0]';
const named = (name: string): Tree => ({ name });
const classes = { ingressClassName: 'other' };

const refused: readonly Refused[] = [
  ['a Service port name that is no DNS label', service({ name: 'Bad_Name' }), 'spec.ports[0].name', invalid],
  ['a Service port of 0', service({ port: 0 }), 'spec.ports[0].port', invalid],
  ['a Service port of 70000', service({ port: 70_000 }), 'spec.ports[0].port', invalid],
  ['a Service without ports', service({}, { ports: [] }), 'spec.ports', required],
  [
    'two Service ports, one without name',
    service({}, { ports: [{ name: 'a', port: 1 }, { port: 2 }] }),
    'spec.ports[1].name',
    required,
  ],
  [
    'two Service ports of one name',
    service(
      {},
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      },
    ),
    'spec.ports[1].name',
    'FieldValueDuplicate',
  ],
  [
    'a target port name over 15 characters',
    service({ targetPort: 'sixteen-letters-' }),
    'spec.ports[0].targetPort',
    invalid,
  ],
  ['a Service name over 63 characters', service({}, {}, named('x'.repeat(64))), 'metadata.name', invalid],
  ['an Ingress host with capitals', ingress('Foo.example.com'), 'spec.rules[0].host', invalid],
  ['an Ingress host with an underscore', ingress('foo_1.example.com'), 'spec.rules[0].host', invalid],
  ['an Ingress host that is an address', ingress('1.2.3.4'), 'spec.rules[0].host', invalid],
  [
    'an unknown path type',
    ingress('a.example.com', { pathType: 'Glob' }),
    `${path}.pathType`,
    'FieldValueNotSupported',
  ],
  ['a path without slash', ingress('a.example.com', { path: 'foo' }), `${path}.path`, invalid],
  ['a backend without port', ingress('a.example.com', noName), `${path}.backend`, required],
  ['a backend with a bad port name', ingress('a.example.com', badPort), `${path}.backend.service.port.name`, invalid],
  ['an Ingress without rules', { ...ingress('a.example.com'), spec: {} }, 'spec', invalid],
  ['an Ingress name that is no DNS name', ingress('a.example.com', {}, named('Foo')), 'metadata.name', invalid],
  [
    'two different classes',
    { ...ingress('a.example.com'), spec: { ...(ingress('a.example.com')['spec'] as Tree), ...classes } },
    'annotations.kubernetes.io/ingress.class',
    invalid,
  ],
  [
    'a selector that the template does not have',
    deployment({}, { selector: { matchLabels: { app: 'bar' } } }),
    'spec.template.metadata.labels',
    invalid,
  ],
  ['a container name that is no DNS label', deployment({ name: 'Web_1' }), `${container}.name`, invalid],
  ['a container without image', deployment({ image: '' }), `${container}.image`, required],
  [
    'a container port name over 15 characters',
    deployment({ ports: [{ name: 'sixteen-letters-', containerPort: 1 }] }),
    `${container}.ports[0].name`,
    invalid,
  ],
  ['an env name with =', deployment({ env: [{ name: 'A=B', value: '' }] }), `${container}.env[0].name`, invalid],
  [
    'a request over its limit',
    deployment({ resources: { limits: { memory: '1Mi' }, requests: { memory: '2Mi' } } }),
    `${container}.resources.requests`,
    invalid,
  ],
  ['replicas below 0', deployment({}, { replicas: -1 }), 'spec.replicas', invalid],
  ['a bad label key', deployment({}, {}, { labels: { 'bad key': '' } }), 'metadata.labels', invalid],
  [
    'a label value over 63 characters',
    deployment({}, {}, { labels: { l: 'x'.repeat(64) } }),
    'metadata.labels',
    invalid,
  ],
  ['a bad annotation key', deployment({}, {}, { annotations: { 'bad key': '' } }), 'metadata.annotations', invalid],
  ['a bad ConfigMap key', configMap('a', { 'bad key': '' }), 'data[bad key]', invalid],
  ['a ConfigMap over 1 MiB', configMap('a', { a: 'x'.repeat(1024 * 1024 + 1) }), '[]', 'FieldValueTooLong'],
  ['a finalizer without domain', configMap('a', {}, { finalizers: ['mine'] }), 'metadata.finalizers[0]', invalid],
];

const taken: readonly [string, Tree][] = [
  ['a Service port name over 15 characters', service({ name: 'a-name-over-fifteen-characters' })],
  ['a Service name that begins with a digit', service({}, {}, named('1-service'))],
  ['a wildcard host', ingress('*.example.com')],
  [
    'both classes, the same',
    {
      ...ingress('a.example.com'),
      spec: { ...(ingress('a.example.com')['spec'] as Tree), ingressClassName: 'contract' },
    },
  ],
];

function collection(namespace: string, body: Tree): string {
  if (body['kind'] === 'Service') return paths.services(namespace);
  if (body['kind'] === 'Ingress') return paths.ingresses(namespace);
  return body['kind'] === 'Deployment' ? paths.deployments(namespace) : paths.configMaps(namespace);
}

/** What the API refuses, with the field it names: 422 Invalid. */
export function validationCases(api: () => Calls): void {
  describe('validation', () => {
    for (const [title, body, field, reason] of refused) {
      test(`${title} is refused`, async () => {
        const answer = await api().apply(`${collection('default', body)}/${textAt(body, 'metadata.name')}`, body);
        assert.deepEqual([answer.status, answer.body['reason']], [422, 'Invalid'], answer.text);
        const causes = at(answer.body, 'details.causes') as Tree[];
        assert.ok(
          causes.some((cause) => cause['field'] === field && cause['reason'] === reason),
          answer.text,
        );
        assert.equal(at(answer.body, 'details.kind'), body['kind']);
        assert.match(textAt(answer.body, 'message'), /^(\w+)(\.[\w.]+)? ".*" is invalid: /s);
      });
    }

    for (const [title, body] of taken) {
      test(`${title} is taken`, async (t) => {
        const calls = api();
        const namespace = await freshNamespace(t, calls);
        const answer = await calls.apply(`${collection(namespace, body)}/${textAt(body, 'metadata.name')}`, body);
        assert.equal(answer.status, 201, answer.text);
      });
    }

    test('a namespace name that is no DNS label is refused', async () => {
      const answer = await api().post('/api/v1/namespaces', { metadata: { name: 'Bad_Name' } });
      assert.deepEqual([answer.status, at(answer.body, 'details.causes.0.field')], [422, 'metadata.name']);
      assert.match(textAt(answer.body, 'message'), /a lowercase RFC 1123 label must consist of/);
    });

    test("a Deployment's selector cannot change", async (t) => {
      const calls = api();
      const path = `${paths.deployments(await freshNamespace(t, calls))}/foo`;
      await calls.apply(path, deployment());
      const labels = { app: 'bar' };
      const template = { metadata: { labels }, spec: at(deployment(), 'spec.template.spec') };
      const answer = await calls.apply(path, deployment({}, { selector: { matchLabels: labels }, template }));
      assert.deepEqual([answer.status, at(answer.body, 'details.causes.0.field')], [422, 'spec.selector']);
    });
  });
}
