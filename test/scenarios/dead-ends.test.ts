import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { deployment, ingress, service } from '../support/manifests.ts';
import { configOf, label, startPlatform, type Platform, type Project } from '../support/platform.ts';
import { openDoor, type TestDoor } from '../support/scripted-door.ts';

const pods = (name: string): string => deployment(name, 'IMAGE:${sha}');

/** Manifests in which not every object is the only way in. */
const shapes = {
  'one that a database is behind': [pods('web'), pods('db'), service('web'), service('db'), ingress('web', ['/', 'web'])],
  'two paths of one host': [pods('web'), pods('api'), service('web'), service('api'), ingress('web', ['/', 'web'], ['/api', 'api'])],
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

    /** What the comments said at any time, as GitHub delivered it. */
    const everTold = (project: Project): string =>
      platform.github.deliveries
        .all()
        .filter(({ event, request }) => event === 'issue_comment' && request.body.includes(JSON.stringify(project.repo)))
        .map(({ request }) => (JSON.parse(request.body) as { comment: { body: string } }).comment.body)
        .join('\n');
    const refusals = (project: Project): number => platform.kubernetes.requests.list().filter(({ method, path, status }) => method === 'PATCH' && status === 403 && path.includes(`/${project.app}-`)).length;

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
        await until('it was tried three times', () => refusals(project) >= 3, 60_000);
        assert.match(told(project, number), /🔴[^]*not today/);
        assert.match(everTold(project), /not today/);
        assert.doesNotMatch(everTold(project), /🟢/);
        platform.kubernetes.faults.clear();
        await until('it is live', () => told(project, number).includes('🟢'), 60_000);
      });
    }

    const typos: readonly (readonly [what: string, leads: string, words: RegExp])[] = [
      ['a Service that is not there', ingress('web', ['/', 'wbe']), /leads to the Service `wbe`, which is not there\. There is `web`\.[^]*Correct the name in `\.cloud\/manifests\/all\.yaml` and push/],
      ['a port that its Service does not have', ingress('web', ['/', 'web']).replace('name: http }', 'name: htpp }'), /leads to the port `htpp` of the Service `web`, which it does not have\. There is `http`\.[^]*Correct the port in/],
    ];
    const doorSays = /does not answer yet: the front door (has no server for it \(503\)|does not have its host yet \(404\))/;
    for (const [index, [what, leads, words]] of typos.entries()) {
      test(`an Ingress names ${what}: it is told why, and a push mends it`, async () => {
        const project = platform.project(`typo${index}`);
        const number = open(project, [pods('web'), service('web'), leads]);
        await until('the comment says why', () => (withDoor ? doorSays : words).test(everTold(project)));
        assert.doesNotMatch(everTold(project), /🟢/);
        project.push('feature', { '.cloud/manifests/all.yaml': written(project, [pods('web'), service('web'), ingress('web', ['/', 'web'])]) });
        await until('it is live', () => told(project, number).includes('🟢'), 60_000);
      });
    }
  });
}
