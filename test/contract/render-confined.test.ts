import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test, type TestContext } from 'node:test';
import { RenderRefused } from '../../app/core/ports.ts';
import { openRenderer, type OpenRenderer, type RendererOptions } from '../../app/io/render/renderer.ts';
import { api, requestFor } from '../support/charts/cloud.ts';
import { openFakeLog } from '../support/fake-clock.ts';

const chart = api({ 'templates/a.yaml': 'x', 'values-preview.yaml': 'x: 1\n' });

/** In place of helm a shell script, which tells what it was given, and misbehaves. */
describe('how helm is started', { skip: process.platform !== 'linux' && 'limits and namespaces are Linux’s' }, () => {
  let folder: string;
  let parent: string;
  const opened: OpenRenderer[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'confined-'));
    parent = mkdtempSync(join(tmpdir(), 'confined-parent-'));
    process.env['AVANT_CANARY'] = 'canary-7391';
  });
  after(() => {
    delete process.env['AVANT_CANARY'];
    rmSync(folder, { recursive: true });
    rmSync(parent, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((renderer) => renderer.close()));
    assert.deepEqual(readdirSync(parent), [], 'a throw-away folder was left');
  });

  type Started = { readonly renderer: OpenRenderer; readonly log: ReturnType<typeof openFakeLog> };

  /** Opens a renderer whose helm is `version`, and for `template` this script. */
  function start(script: string, options: Partial<RendererOptions> = {}, version = 'v4.9'): Started {
    const helm = join(folder, `helm-${readdirSync(folder).length}`);
    writeFileSync(helm, `#!/bin/sh\nif [ "$1" = version ]; then echo ${version}; exit; fi\n${script}\n`);
    chmodSync(helm, 0o755);
    const log = openFakeLog();
    const renderer = openRenderer({ helm, log, parent, ...options });
    opened.push(renderer);
    return { renderer, log };
  }

  /** Returns what the script says on its way to failing. */
  async function told(script: string, options: Partial<RendererOptions> = {}): Promise<string> {
    return problemsOf(start(`{ ${script}\n} >&2; exit 1`, options));
  }

  function problemsOf({ renderer }: Started): Promise<string> {
    return renderer.chart(requestFor(chart)).then(
      () => assert.fail('was rendered'),
      (error: unknown) => (error instanceof RenderRefused ? error.problems.join(' ') : assert.fail(String(error))),
    );
  }

  function confined(t: TestContext, { log }: Started): boolean {
    const line = log.lines.find((one) => one.includes('less confined'));
    if (line !== undefined) t.skip(`not here: ${line}`);
    return line === undefined;
  }

  test('with an environment of its own', async () => {
    const text = await told('env | cut -d= -f1 | sort | tr "\\n" " "');
    const names = (/: ([A-Z_ ]+)$/.exec(text)?.[1] ?? text).trim().split(' ').filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));
    assert.deepEqual(names, ['GOGC', 'GOMAXPROCS', 'GOMEMLIMIT', 'GOTRACEBACK', 'HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'HELM_DATA_HOME', 'HELM_PLUGINS', 'HOME', 'KUBECONFIG', 'TMPDIR']);
    assert.ok(!(await told('env')).includes('canary-7391'));
  });

  test('with words, none of them the branch’s', async () => {
    const text = await told('echo "$@"');
    assert.match(text, /: template foo \.\/chart --namespace foo-241-fr --skip-tests --api-versions \S+ --kube-version 1\.36\.1 --values chart\/values-preview\.yaml --values values\/0\.json$/);
  });

  test('in a folder that nobody else may enter, with files that nobody else may read', async () => {
    const text = await told('stat -c "%a %F %n" . chart chart/Chart.yaml chart/templates values/0.json; pwd');
    assert.match(text, /700 directory \. 700 directory chart 600 regular file chart\/Chart\.yaml 700 directory chart\/templates 600 regular file values\/0\.json/);
  });

  test('without a network', async (t) => {
    const started = start('{ cat /proc/net/dev | cut -d: -f1 -s | tr "\\n" " "; } >&2; exit 1');
    const problems = await problemsOf(started);
    if (confined(t, started)) assert.match(problems, /: lo$/);
  });

  test('without sight of our environment', async (t) => {
    const started = start(`{ tr "\\0" "\\n" < /proc/${process.pid}/environ; echo; echo end; } >&2; exit 1`);
    const problems = await problemsOf(started);
    if (confined(t, started)) assert.match(problems, /Permission denied.*end$/i);
  });

  test('within limits', async (t) => {
    const started = start('{ ulimit -t; ulimit -d; ulimit -f; ulimit -n; ulimit -c; } >&2; exit 1', { limits: { helmMs: 3_000, helmMemoryMiB: 300 } });
    const problems = await problemsOf(started);
    if (confined(t, started)) assert.match(problems, new RegExp(`: 3 ${300 * 1024} 2048 128 0$`));
  });

  test('less confined where the kernel gives no namespace, which is said once', async () => {
    const ours = readlinkSync('/proc/self/ns/net');
    const started = start("printf 'kind: A\\n'", {}, `v4.9; [ "$(readlink /proc/self/ns/net)" = "${ours}" ]`);
    for (const release of ['a', 'b']) assert.equal((await started.renderer.chart(requestFor(chart, { release }))).length, 1);
    assert.equal(started.log.lines.filter((line) => line.startsWith('warn charts are rendered less confined than they could be {"missing":["a network: ')).length, 1);
  });

  test('and killed with everything it started when it takes too long', async () => {
    const { renderer } = start('sleep 86399.5 & sleep 86399.5', { limits: { helmMs: 500 } });
    await assert.rejects(renderer.chart(requestFor(chart)), { name: 'RenderRefused', message: /^\.cloud\/charts\/api: rendering it takes longer than the 0\.5 s it may/ });
    const left = (): string[] => readdirSync('/proc').filter((id) => /^\d+$/.test(id) && commandOf(id).includes('86399.5'));
    // A killed process is there until the kernel has taken it away.
    for (const end = Date.now() + 10_000; left().length > 0 && Date.now() < end; ) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(left(), []);
  });

  test('and killed when it says too much', async () => {
    const { renderer } = start('cat /dev/zero', { limits: { outputBytes: 100_000 } });
    await assert.rejects(renderer.chart(requestFor(chart)), { name: 'RenderRefused', message: /renders to more than the 97\.65625 KiB it may/ });
  });

  test('and heard only so far when it complains', async () => {
    const text = await told('head -c 5000000 /dev/zero | tr "\\0" "x"');
    assert.ok(text.length < 1_000, `${text.length} characters`);
  });

  test('and no more of them at once than there may be', async () => {
    const file = join(folder, 'turns');
    const { renderer } = start(`echo + >> ${file}; sleep 0.1; echo - >> ${file}; printf 'kind: A\\n'`, { atOnce: 2 });
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((release) => renderer.chart(requestFor(chart, { release }))));
    await renderer.idle();
    let [now, most] = [0, 0];
    for (const sign of readFileSync(file, 'utf8').trim().split('\n')) {
      now += sign === '+' ? 1 : -1;
      most = Math.max(most, now);
    }
    assert.deepEqual([now, most], [0, 2]);
  });

  test('and not at all once it is closed; what runs is killed', async () => {
    const { renderer } = start('sleep 86398.5');
    const running = assert.rejects(renderer.chart(requestFor(chart)), /the renderer is closed/);
    // The first start asks for the version, the second is the one that sleeps.
    for (const end = Date.now() + 20_000; renderer.counters().started === 0 && Date.now() < end; ) await new Promise((resolve) => setImmediate(resolve));
    await renderer.close();
    await running;
    await assert.rejects(renderer.chart(requestFor(chart)), /the renderer is closed/);
  });

  describe('what is our own fault is no refusal', () => {
    const ours = async ({ renderer }: Started, message: RegExp): Promise<void> => {
      await assert.rejects(renderer.chart(requestFor(chart)), (error: unknown) => error instanceof Error && !(error instanceof RenderRefused) && message.test(error.message));
    };
    test('no helm', () => ours(start('', { helm: undefined }), /this platform has no helm.*install\/helm\.sh.*AVANT_HELM/));
    test('a helm that is not there', () => ours(start('', { helm: '/nowhere/helm' }), /\/nowhere\/helm does not start|ENOENT/));
    test('a helm 3', () => ours(start('', {}, 'v3.20.1+gabc'), /helm 4 is needed, and .* is v3\.20\.1/));
    test('a helm that cannot be started', () => ours(start('exit 126'), /helm could not be started/));
  });

  test('what Go says when it breaks is helm’s or the chart’s fault', async () => {
    for (const [script, message] of [
      ['echo "fatal error: runtime: out of memory" >&2; exit 2', /or more memory than the 512 MiB/],
      ['echo "panic: runtime error: index out of range" >&2; exit 2', /helm itself fails on it: panic: runtime error/],
      ['kill -SEGV $$', /more CPU time than 10 s/],
      ['exit 1', /helm fails and says nothing/],
    ] as const) {
      await assert.rejects(start(script).renderer.chart(requestFor(chart)), (error: unknown) => error instanceof RenderRefused && message.test(error.problems.join()));
    }
  });
});

function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
