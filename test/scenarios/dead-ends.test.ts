import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { configOf, label, startPlatform, type Platform, type Project } from '../support/platform.ts';
import { openDoor, type TestDoor } from '../support/scripted-door.ts';

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      enableServiceLinks: false
      containers:
        - name: app
          image: "IMAGE:\${sha}"
          ports: [{ name: http, containerPort: 8080 }]
`;
const service = (name: string): string => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: http }] }
`;
const ingress = (name: string, ...paths: readonly (readonly [path: string, service: string])[]): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec:
  rules:
    - host: \${host}
      http:
        paths:
${paths.map(([path, to]) => `          - { path: ${path}, pathType: Prefix, backend: { service: { name: ${to}, port: { name: http } } } }\n`).join('')}`;

/** Manifests in which not every object is the only way in. */
const shapes = {
  'one that a database is behind': [deployment('web'), deployment('db'), service('web'), service('db'), ingress('web', ['/', 'web'])],
  'two paths of one host': [deployment('web'), deployment('api'), service('web'), service('api'), ingress('web', ['/', 'web'], ['/api', 'api'])],
} as const;

const forbidden = { status: 403, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden', message: 'it is forbidden: not today' } };

for (const withDoor of [false, true]) {
  describe(`a new preview whose way in is broken, ${withDoor ? 'with' : 'without'} a door`, () => {
    let platform: Platform;
    let door: TestDoor;
    before(async () => {
      door = await openDoor();
      platform = await startPlatform(withDoor ? { yaml: `door: { address: "${door.address}" }\n` } : {});
      door.edge = platform.edge.url;
    });
    beforeEach(() => {
      platform.turnPage();
    });
    after(async () => {
      await platform.close();
      await door.close();
    });

    const written = (project: Project, manifests: readonly string[]): string => manifests.join('---\n').replaceAll('IMAGE', `registry.test/${project.repo}`);
    function open(project: Project, manifests?: readonly string[]): number {
      const files = manifests
        ? { '.cloud/preview.yaml': 'tenants: [fr]\n', '.cloud/manifests/all.yaml': written(project, manifests) }
        : { '.cloud/preview.yaml': configOf(project.repo, 'tenants: [fr]\n') };
      const number = project.open('feature', files);
      platform.world.addLabel(project.repo, number, label);
      return number;
    }
    const told = (project: Project, number: number): string => platform.world.pullRequest(project.repo, number).comments.map(({ body }) => body).join('\n');

    const refused: readonly (readonly [what: string, path: RegExp, shape: keyof typeof shapes | undefined])[] = [
      ['its Service', /\/services\//, undefined],
      ['its Ingress', /\/ingresses\//, undefined],
      ['the database’s Service', /\/services\/db/, 'one that a database is behind'],
      ['the Service of one path', /\/services\/web/, 'two paths of one host'],
    ];
    for (const [index, [what, path, shape]] of refused.entries()) {
      test(`${what} is refused: it is told, never called live, and comes by itself`, async () => {
        const project = platform.project(`refused${index}`);
        platform.kubernetes.faults.set({ respond: forbidden, match: (request) => request.method === 'PATCH' && path.test(request.path) });
        const number = open(project, shape && shapes[shape]);
        await until('the comment says what was refused', () => told(project, number).includes('not today'));
        await sleep(3_000);
        assert.match(told(project, number), /🔴[^]*not today/);
        assert.doesNotMatch(told(project, number), /🟢/);
        platform.kubernetes.faults.clear();
        await until('it is live', () => told(project, number).includes('🟢'), 60_000);
      });
    }

    test('an Ingress names a Service that is not there: it is told why, and a push mends it', async () => {
      const project = platform.project('typo');
      const number = open(project, [deployment('web'), service('web'), ingress('web', ['/', 'wbe'])]);
      const words = withDoor ? /does not answer yet: the front door has no server for it \(503\)|does not have its host yet \(404\)/ : /leads to the Service `wbe`, which is not there. There is `web`\.[^]*Correct the name in `\.cloud\/manifests\/all\.yaml` and push/;
      await until('the comment says why', () => words.test(told(project, number)));
      assert.doesNotMatch(told(project, number), /🟢/);
      project.push('feature', { '.cloud/manifests/all.yaml': written(project, [deployment('web'), service('web'), ingress('web', ['/', 'web'])]) });
      await until('it is live', () => told(project, number).includes('🟢'), 60_000);
    });
  });
}
