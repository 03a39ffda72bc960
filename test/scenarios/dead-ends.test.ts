import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { deployment, ingress, service } from '../support/manifests.ts';
import { configOf, label, startPlatform, visit, type Platform, type Project } from '../support/platform.ts';
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

    /** The Ingresses of a project as they are, by the versions that the API server gives them. */
    const ways = (project: Project): string => platform.kubernetes.ingresses().filter(({ metadata }) => metadata.namespace?.startsWith(`${project.app}-`)).map(({ metadata }) => `${metadata.name} ${metadata.uid}/${metadata.generation}`).join();
    const right = [pods('web'), service('web'), ingress('web', ['/', 'web'])];
    const typos: readonly (readonly [what: string, leads: string, words: RegExp])[] = [
      ['a Service that is not there', ingress('web', ['/', 'wbe']), /backend\.service\.name.*: is "wbe", which is no Service of this preview\. There is "web" — write web/],
      ['a port that its Service does not have', ingress('web', ['/', 'web']).replace('name: http }', 'name: htpp }'), /backend\.service\.port.*: is "htpp", and the Service "web" has no such port\. There is "http" — write name: http/],
      ['by one of its paths a Service that is not there', ingress('web', ['/', 'web'], ['/api', 'api']), /paths\[1\]\.backend\.service\.name.*: is "api", which is no Service of this preview\./],
    ];
    for (const [index, [what, leads, words]] of typos.entries()) {
      const wrong = [pods('web'), service('web'), leads];
      test(`an Ingress names ${what}: it is refused, and a push mends it`, async () => {
        const project = platform.project(`typo${index}`);
        const number = open(project, wrong);
        await until('the comment says why', () => words.test(told(project, number)));
        assert.doesNotMatch(everTold(project), /🟢/);
        project.push('feature', { '.cloud/manifests/all.yaml': written(project, right) });
        await until('it is live', () => told(project, number).includes('🟢'), 60_000);
      });

      test(`an Ingress of a live preview names ${what}: it is refused, and what ran before keeps running`, async () => {
        const project = platform.project(`later${index}`);
        const number = open(project, right);
        await until('it is live', () => told(project, number).includes('🟢'), 60_000);
        const before = ways(project);
        assert.match(before, /^web \S+$/);
        project.push('feature', { '.cloud/manifests/all.yaml': written(project, wrong) });
        await until('the comment says why', () => words.test(told(project, number)));
        assert.match(told(project, number), /The link still shows /);
        assert.equal(ways(project), before);
        assert.equal((await visit(platform, `${project.app}-${number}-fr.preview.test`)).status, 200);
      });
    }
  });
}
