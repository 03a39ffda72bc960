import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { configMap, deployment, ingress, paths, service } from './kubernetes-objects.ts';

const nobody = '11111111-1111-1111-1111-111111111111';
const version = (body: Tree): unknown => at(body, 'metadata.resourceVersion');
const generation = (body: Tree): unknown => at(body, 'metadata.generation');
const firstContainer = (body: Tree): Tree => at(body, 'spec.template.spec.containers.0') as Tree;

/** Server-side apply, forced, by one manager: what is inside a namespace is written this way. */
export function applyCases(api: () => Calls): void {
  describe('apply', () => {
    fenceCases(api);
    ownershipCases(api);
    generationCases(api);
    bodyCases(api);
  });
}

function fenceCases(api: () => Calls): void {
  test('creates with 201, updates with 200; the same again writes nothing', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.deployments(namespace)}/foo`;
    const body = deployment({
      env: [{ name: 'EMPTY', value: '' }],
      resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
    });
    const made = await calls.apply(path, body);
    assert.equal(made.status, 201);
    assert.equal(generation(made.body), 1);
    const other = await calls.apply(path, deployment({ env: [{ name: 'A', value: '1' }] }));
    assert.equal(other.status, 200);
    const again = await calls.apply(path, deployment({ env: [{ name: 'A', value: '1' }] }));
    assert.equal(generation(again.body), generation(other.body));
    const map = `${paths.configMaps(namespace)}/a`;
    const first = await calls.apply(map, configMap('a', { x: '1' }));
    const second = await calls.apply(map, configMap('a', { x: '1' }));
    assert.equal(version(second.body), version(first.body));
  });

  test('with uid and version of what is there it writes; with an older version it is a 409, even forced', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    const { body } = await calls.apply(path, configMap('a', { x: '1' }));
    const { uid, resourceVersion } = body['metadata'] as Tree;
    assert.equal((await calls.apply(path, configMap('a', { x: '2' }, { uid, resourceVersion }))).status, 200);
    const late = await calls.apply(path, configMap('a', { x: '3' }, { uid, resourceVersion }));
    assert.deepEqual([late.status, late.body['reason']], [409, 'Conflict']);
    assert.match(textAt(late.body, 'message'), /the object has been modified/);
    assert.deepEqual((await calls.get(path)).body['data'], { x: '2' });
  });

  test('with a uid it does not make an absent object anew', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    for (const metadata of [{ uid: nobody }, { uid: nobody, resourceVersion: '1' }]) {
      const answer = await calls.apply(path, configMap('a', { x: '1' }, metadata));
      assert.deepEqual([answer.status, answer.body['reason']], [409, 'Conflict']);
      assert.match(textAt(answer.body, 'message'), /uid mismatch/);
    }
    assert.equal((await calls.get(path)).status, 404);
  });

  test('with only a version it makes an absent object anew: the uid is the fence', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    assert.equal((await calls.apply(path, configMap('a', { x: '1' }, { resourceVersion: '1' }))).status, 201);
  });

  test('with the uid of another object: 409 with an old version, 422 without', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    await calls.apply(path, configMap('a', { x: '1' }));
    const both = await calls.apply(path, configMap('a', { x: '2' }, { uid: nobody, resourceVersion: '1' }));
    assert.deepEqual([both.status, both.body['reason']], [409, 'Conflict']);
    const uid = await calls.apply(path, configMap('a', { x: '2' }, { uid: nobody }));
    assert.deepEqual(
      [uid.status, uid.body['reason'], at(uid.body, 'details.causes.0.field')],
      [422, 'Invalid', 'metadata.uid'],
    );
    assert.deepEqual((await calls.get(path)).body['data'], { x: '1' });
  });

  test('needs a field manager', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    const answer = await calls.apply(path, configMap('a', {}), 'force=true');
    assert.deepEqual([answer.status, at(answer.body, 'details.causes.0.field')], [422, 'fieldManager']);
  });
}

function ownershipCases(api: () => Calls): void {
  test('what is not applied any more goes, what somebody else set stays', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    const { body } = await calls.apply(path, configMap('a', { x: '1', y: '2' }, { labels: { ours: '1', old: '1' } }));
    const edited = { ...body, data: { x: '1', y: '2', theirs: '3' } };
    assert.equal((await calls.put(path, edited)).status, 200);
    const applied = await calls.apply(path, configMap('a', { x: '1' }, { labels: { ours: '1' } }));
    assert.deepEqual(applied.body['data'], { x: '1', theirs: '3' });
    assert.deepEqual(at(applied.body, 'metadata.labels'), { ours: '1' });
  });

  test('a field of ours that somebody changed or removed is taken back', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    const ours = configMap('a', { x: '1', y: '2' }, { annotations: { ours: '1' } });
    await calls.apply(path, ours);
    await calls.put(path, configMap('a', { x: 'changed' }, { annotations: { theirs: '1' } }));
    const applied = await calls.apply(path, ours);
    assert.deepEqual(applied.body['data'], { x: '1', y: '2' });
    assert.deepEqual(at(applied.body, 'metadata.annotations'), { ours: '1', theirs: '1' });
  });

  test('env is told apart by name: theirs stays in its place, ours comes back, in our order', async (t) => {
    const calls = api();
    const path = `${paths.deployments(await freshNamespace(t, calls))}/foo`;
    const env = (text: string): Tree[] => Array.from(text, (name) => ({ name, value: name }));
    await calls.apply(path, deployment({ env: env('ABC') }));
    await calls.put(path, deployment({ env: [...env('AX'), { name: 'B', value: 'changed' }, ...env('C')] }));
    const back = await calls.apply(path, deployment({ env: env('ABC') }));
    assert.deepEqual(firstContainer(back.body)['env'], env('AXBC'));
    const turned = await calls.apply(path, deployment({ env: env('CA') }));
    assert.deepEqual(firstContainer(turned.body)['env'], env('XCA'));
  });

  test('a dropped probe goes with the defaults inside it', async (t) => {
    const calls = api();
    const path = `${paths.deployments(await freshNamespace(t, calls))}/foo`;
    const readinessProbe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 };
    const ports = [{ name: 'http', containerPort: 8080 }];
    const made = await calls.apply(path, deployment({ readinessProbe, ports }));
    assert.equal(at(firstContainer(made.body), 'readinessProbe.httpGet.scheme'), 'HTTP');
    const dropped = await calls.apply(path, deployment());
    assert.equal(firstContainer(dropped.body)['readinessProbe'], undefined);
    assert.equal(firstContainer(dropped.body)['ports'], undefined);
  });

  test('rules of an Ingress and selectors are replaced as a whole', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    await calls.apply(`${paths.ingresses(namespace)}/foo`, ingress('one.example.com'));
    const other = await calls.apply(`${paths.ingresses(namespace)}/foo`, ingress('two.example.com'));
    assert.deepEqual(
      (at(other.body, 'spec.rules') as Tree[]).map((rule) => rule['host']),
      ['two.example.com'],
    );
    await calls.apply(`${paths.services(namespace)}/foo-service`, service());
    const moved = await calls.apply(
      `${paths.services(namespace)}/foo-service`,
      service({ port: 81 }, { selector: { app: 'bar' } }),
    );
    assert.deepEqual(at(moved.body, 'spec.selector'), { app: 'bar' });
    assert.deepEqual(
      (at(moved.body, 'spec.ports') as Tree[]).map((port) => port['port']),
      [81],
    );
  });

  test('what was created by POST belongs to the creator: a later apply cannot take it out', async (t) => {
    const calls = api();
    const path = paths.configMaps(await freshNamespace(t, calls));
    await calls.post(`${path}?fieldManager=avant`, configMap('a', { x: '1', y: '2' }));
    const applied = await calls.apply(`${path}/a`, configMap('a', { x: '1' }));
    assert.deepEqual(applied.body['data'], { x: '1', y: '2' });
  });

  test('managedFields name the manager and the operation', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    const { body } = await calls.apply(path, configMap('a', { x: '1' }));
    const [entry] = at(body, 'metadata.managedFields') as Tree[];
    assert.deepEqual(
      [entry?.['manager'], entry?.['operation'], entry?.['fieldsV1']],
      ['avant', 'Apply', { 'f:data': { 'f:x': {} } }],
    );
  });
}

function generationCases(api: () => Calls): void {
  test('the generation of a Deployment counts changes of spec and annotations, not of labels', async (t) => {
    const calls = api();
    const path = `${paths.deployments(await freshNamespace(t, calls))}/foo`;
    const steps = [
      deployment(),
      deployment({}, {}, { labels: { l: '1' } }),
      deployment({}, {}, { annotations: { a: '1' } }),
      deployment({ env: [{ name: 'A', value: '1' }] }, {}, { annotations: { a: '1' } }),
    ];
    const seen: unknown[] = [];
    for (const step of steps) seen.push(generation((await calls.apply(path, step)).body));
    assert.deepEqual(seen, [1, 1, 2, 3]);
  });

  test('the generation of an Ingress counts changes of its spec; a Service has none', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.ingresses(namespace)}/foo`;
    const seen: unknown[] = [];
    for (const step of [
      ingress('a.example.com'),
      ingress('a.example.com', {}, { annotations: { a: '1' } }),
      ingress('b.example.com'),
    ]) {
      seen.push(generation((await calls.apply(path, step)).body));
    }
    assert.deepEqual(seen, [1, 1, 2]);
    assert.equal(
      generation((await calls.apply(`${paths.services(namespace)}/foo-service`, service())).body),
      undefined,
    );
  });
}

function bodyCases(api: () => Calls): void {
  test('the body may be YAML, read as YAML 1.1', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
    const made = await calls.apply(path, `${head}data:\n  x: |\n    two\n    lines\n`);
    assert.deepEqual([made.status, made.body['data']], [201, { x: 'two\nlines\n' }]);
    assert.equal((await calls.apply(path, `${head}data: {x: yes}\n`)).status, 500);
    assert.equal((await calls.apply(path, 'a: b: c')).status, 400);
  });

  test('wrong types, double entries and bad amounts are a 500 that names the place', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const cases: [Tree, RegExp][] = [
      [
        deployment({ env: [{ name: 'PORT', value: 80 }] }),
        /containers\[name="web"\]\.env\[name="PORT"\]\.value: expected string/,
      ],
      [
        deployment({
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        }),
        /env: duplicate entries for key \[name="A"\]/,
      ],
      [deployment({}, { replicas: '1' }), /spec\.replicas: expected numeric/],
      [deployment({ resources: { limits: { memory: 'lots' } } }), /quantities must match the regular expression/],
    ];
    for (const [body, message] of cases) {
      const answer = await calls.apply(`${paths.deployments(namespace)}/foo`, body);
      assert.equal(answer.status, 500, answer.text);
      assert.match(textAt(answer.body, 'message'), message);
    }
  });

  test('a body without kind, or with managedFields, is a 400', async (t) => {
    const calls = api();
    const path = `${paths.configMaps(await freshNamespace(t, calls))}/a`;
    assert.equal((await calls.apply(path, { metadata: { name: 'a' } })).status, 400);
    assert.equal((await calls.apply(path, configMap('a', {}, { managedFields: [{ manager: 'x' }] }))).status, 400);
  });
}
