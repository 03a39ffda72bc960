import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, eventually, type KubernetesRig, textAt, type Tree } from './kubernetes-calls.ts';
import { type Rigged, script, type Start, starter } from './kubernetes-jobs.ts';
import { configMap, paths, pod, secret } from './kubernetes-objects.ts';

/** What becomes of a pod by what it refers to and how its containers end. */
export function podCases(api: () => Calls, rig: () => KubernetesRig): void {
  const start = starter(api, rig);
  describe('pods', () => {
    sourceCases(start);
    volumeCases(start);
    endCases(start);
    firstCases(start);
  });
}

const waiting = (found: Tree): string => textAt(found, 'status.containerStatuses.0.state.waiting.reason');

async function until({ calls, namespace }: Rigged, name: string, isIt: (found: Tree) => boolean): Promise<Tree> {
  const answer = await eventually(
    () => calls.get(`${paths.pods(namespace)}/${name}`),
    ({ body }) => isIt(body),
  );
  return answer.body;
}

async function made(
  { calls, namespace, image }: Rigged,
  name: string,
  container: Tree,
  spec: Tree = {},
): Promise<void> {
  const answer = await calls.post(paths.pods(namespace), pod(name, { image, ...container }, spec));
  assert.equal(answer.status, 201, answer.text);
}

const logOf = async ({ calls, namespace }: Rigged, name: string, query = ''): Promise<string> =>
  (await calls.get(`${paths.pods(namespace)}/${name}/log${query}`)).text;

const isReadyToStart = (found: Tree): unknown =>
  (at(found, 'status.conditions') as Tree[] | undefined)?.find(({ type }) => type === 'PodReadyToStartContainers')?.[
    'status'
  ];

const isReady = (found: Tree): boolean => at(found, 'status.containerStatuses.0.ready') === true;

/** References in the environment that are not there, and what the kubelet says. */
const missing: readonly (readonly [name: string, container: Tree, message: RegExp])[] = [
  ['all-of-secret', { envFrom: [{ secretRef: { name: 'none' } }] }, /^secret "none" not found$/],
  ['all-of-map', { envFrom: [{ configMapRef: { name: 'none' } }] }, /^configmap "none" not found$/],
  [
    'key-of-secret',
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'has', key: 'none' } } }] },
    /^couldn't find key none in Secret .+\/has$/,
  ],
  [
    'key-of-none',
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'k' } } }] },
    /^configmap "none" not found$/,
  ],
];

function sourceCases(start: Start): void {
  test('variables from what is not there: CreateContainerConfigError, until it is', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace } = rigged;
    await calls.apply(`${paths.secrets(namespace)}/has`, secret('has', { x: '1' }));
    for (const [name, container] of missing) await made(rigged, name, container);
    for (const [name, , message] of missing) {
      const found = await until(rigged, name, (one) => waiting(one) === 'CreateContainerConfigError');
      assert.match(textAt(found, 'status.containerStatuses.0.state.waiting.message'), message);
      assert.equal(at(found, 'status.phase'), 'Pending');
      const logs = await calls.get(`${paths.pods(namespace)}/${name}/log`);
      assert.match(textAt(logs.body, 'message'), /is waiting to start: CreateContainerConfigError$/);
    }
    await calls.apply(`${paths.configMaps(namespace)}/none`, configMap('none', { k: '1' }));
    await until(rigged, 'key-of-none', isReady);
  });

  test('variables from what need not be there, and from what is', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace } = rigged;
    await calls.apply(`${paths.secrets(namespace)}/s`, secret('s', { FROM_SECRET: 'one' }));
    await calls.apply(`${paths.configMaps(namespace)}/m`, configMap('m', { KEY: 'two' }));
    const env = [
      { name: 'LITERAL', value: '[$(FROM_SECRET)] $$(KEY) $(NONE)' },
      { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'm', key: 'KEY' } } },
      { name: 'ABSENT', valueFrom: { secretKeyRef: { name: 's', key: 'none', optional: true } } },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ];
    const envFrom = [
      { secretRef: { name: 's' } },
      { prefix: 'P_', configMapRef: { name: 'm' } },
      { secretRef: { name: 'none', optional: true } },
      { configMapRef: { name: 'none', optional: true } },
    ];
    await made(
      rigged,
      'all',
      { env, envFrom, ...script('echo $LITERAL; echo $KEY $P_KEY $POD $ABSENT') },
      { restartPolicy: 'Never', imagePullSecrets: [{ name: 'none' }] },
    );
    await until(rigged, 'all', (found) => at(found, 'status.phase') === 'Succeeded');
    assert.deepEqual(
      (await logOf(rigged, 'all')).split('\n').map((line) => line.trimEnd()),
      ['[one] $(KEY) $(NONE)', 'two two all', ''],
    );
  });
}

function volumeCases(start: Start): void {
  test('files from a ConfigMap and a Secret', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace } = rigged;
    await calls.apply(
      `${paths.configMaps(namespace)}/pages`,
      configMap('pages', { 'index.html': 'hello', other: 'two' }),
    );
    await calls.apply(`${paths.secrets(namespace)}/s`, secret('s', { password: 'open' }));
    const volumes = [
      { name: 'pages', configMap: { name: 'pages' } },
      {
        name: 'all',
        projected: { sources: [{ secret: { name: 's', items: [{ key: 'password', path: 'deep/word' }] } }] },
      },
      { name: 'none', secret: { secretName: 'none', optional: true } },
    ];
    const volumeMounts = [
      { name: 'pages', mountPath: '/srv' },
      { name: 'pages', mountPath: '/etc/page', subPath: 'other' },
      { name: 'all', mountPath: '/secret' },
      { name: 'none', mountPath: '/none' },
    ];
    await made(
      rigged,
      'files',
      { volumeMounts, ...script('cat /srv/index.html; echo; cat /etc/page; echo; cat /secret/deep/word') },
      { volumes, restartPolicy: 'Never' },
    );
    await until(rigged, 'files', (found) => at(found, 'status.phase') === 'Succeeded');
    const lines = (await logOf(rigged, 'files')).split('\n').filter((line) => line !== '');
    assert.deepEqual(lines, ['hello', 'two', 'open']);
  });

  test('a volume of what is not there: its containers are not made, and the status does not say why', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace } = rigged;
    const mounted = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
    await made(rigged, 'map', mounted, { volumes: [{ name: 'v', configMap: { name: 'late' } }] });
    await made(rigged, 'key', mounted, {
      volumes: [{ name: 'v', secret: { secretName: 's', items: [{ key: 'none', path: 'p' }] } }],
    });
    await calls.apply(`${paths.secrets(namespace)}/s`, secret('s', { x: '1' }));
    for (const name of ['map', 'key']) {
      const found = await until(
        rigged,
        name,
        (one) => waiting(one) === 'ContainerCreating' && isReadyToStart(one) !== undefined,
      );
      assert.equal(at(found, 'status.containerStatuses.0.state.waiting.message'), undefined);
      assert.equal(isReadyToStart(found), 'False');
    }
    await calls.apply(`${paths.configMaps(namespace)}/late`, configMap('late', { x: '1' }));
    await until(rigged, 'map', isReady);
  });
}

function endCases(start: Start): void {
  test('a pod that is never restarted ends with its container', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    await made(rigged, 'good', script('echo fine'), { restartPolicy: 'Never' });
    await made(rigged, 'bad', script('echo oh no; exit 2'), { restartPolicy: 'Never' });
    // Its sandbox goes, and with it the first condition, a moment after its phase is there.
    const good = await until(
      rigged,
      'good',
      (found) => at(found, 'status.phase') === 'Succeeded' && isReadyToStart(found) === 'False',
    );
    const bad = await until(rigged, 'bad', (found) => at(found, 'status.phase') === 'Failed');
    const reasons = (found: Tree): unknown[] =>
      (at(found, 'status.conditions') as Tree[]).map(({ type, status, reason }) => [type, status, reason]);
    assert.deepEqual(reasons(good), [
      ['PodReadyToStartContainers', 'False', undefined],
      ['Initialized', 'True', 'PodCompleted'],
      ['Ready', 'False', 'PodCompleted'],
      ['ContainersReady', 'False', 'PodCompleted'],
      ['PodScheduled', 'True', undefined],
    ]);
    assert.deepEqual(reasons(bad).slice(1, 3), [
      ['Initialized', 'True', undefined],
      ['Ready', 'False', 'PodFailed'],
    ]);
    assert.equal(at(bad, 'status.containerStatuses.0.state.terminated.exitCode'), 2);
    assert.equal(await logOf(rigged, 'bad'), 'oh no\n');
  });

  test('one that ends well is started again where pods always are', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    await made(rigged, 'again', script('echo fine'));
    const found = await until(
      rigged,
      'again',
      (one) => Number(at(one, 'status.containerStatuses.0.restartCount')) >= 1,
    );
    assert.equal(at(found, 'status.phase'), 'Running');
  });
}

function firstCases(start: Start): void {
  const beside = (image: string, name: string, text: string): Tree => ({ name, image, ...script(text) });

  test('containers that initialise run before the others, one after the other', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { image } = rigged;
    const two = beside(image, 'two', 'echo second');
    // A status may leave out what lasts for a moment: this one stays there.
    await made(rigged, 'early', {}, { initContainers: [beside(image, 'one', 'sleep 600'), two] });
    await made(rigged, 'first', {}, { initContainers: [beside(image, 'one', 'sleep 1; echo first'), two] });
    const early = await until(
      rigged,
      'early',
      (found) => at(found, 'status.initContainerStatuses.0.state.running') !== undefined,
    );
    assert.deepEqual([at(early, 'status.phase'), waiting(early)], ['Pending', 'PodInitializing']);
    assert.equal(textAt(early, 'status.initContainerStatuses.1.state.waiting.reason'), 'PodInitializing');
    const conditions = textAt(early, 'status.conditions');
    assert.match(conditions, /ContainersNotInitialized.*containers with incomplete status: \[one two\]/);
    const late = await until(rigged, 'first', isReady);
    const ended = at(late, 'status.initContainerStatuses') as Tree[];
    assert.deepEqual(
      ended.map((one) => [one['name'], one['ready'], at(one, 'state.terminated.reason')]),
      [
        ['one', true, 'Completed'],
        ['two', true, 'Completed'],
      ],
    );
    assert.equal(await logOf(rigged, 'first', '?container=one'), 'first\n');
  });

  test('one that fails to initialise is tried again, or ends a pod that is never restarted', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { image } = rigged;
    const initContainers = [beside(image, 'one', 'echo no; exit 4')];
    await made(rigged, 'again', {}, { initContainers });
    await made(rigged, 'never', {}, { initContainers, restartPolicy: 'Never' });
    const never = await until(rigged, 'never', (found) => at(found, 'status.phase') === 'Failed');
    assert.deepEqual(
      [at(never, 'status.initContainerStatuses.0.state.terminated.exitCode'), waiting(never)],
      [4, 'PodInitializing'],
    );
    const again = await until(
      rigged,
      'again',
      (found) => textAt(found, 'status.initContainerStatuses.0.state.waiting.reason') === 'CrashLoopBackOff',
    );
    assert.deepEqual([at(again, 'status.phase'), waiting(again)], ['Pending', 'PodInitializing']);
  });

  test('one that always restarts runs beside the others', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { image } = rigged;
    const initContainers = [{ ...beside(image, 'beside', 'sleep 600'), restartPolicy: 'Always' }];
    await made(rigged, 'two', script('sleep 600'), { initContainers, restartPolicy: 'Never' });
    await made(rigged, 'done', script('echo done'), { initContainers, restartPolicy: 'Never' });
    const running = await until(
      rigged,
      'two',
      (found) =>
        at(found, 'status.phase') === 'Running' &&
        at(found, 'status.initContainerStatuses.0.state.running') !== undefined,
    );
    assert.equal(at(running, 'status.initContainerStatuses.0.started'), true);
    await until(rigged, 'done', (found) => at(found, 'status.phase') === 'Succeeded');
  });
}
