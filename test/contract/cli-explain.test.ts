import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Result } from '../../app/cli/result.ts';
import { app, freePort, until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, label, startPlatform, type Platform, type Project } from '../support/platform.ts';
import { avant, type Ended } from './cli-process.ts';

const preview = '.cloud/preview.yaml';
const file = (repo: string, lines: string): Record<string, string> => ({
  [preview]: configOf(repo, `tenants: [fr]\n${lines}`),
});

/** Avant itself sleeps after the first moments: what is asked of GitHub and the cluster is the command's. */
describe('avant explain', { timeout: 240_000 }, () => {
  let platform: Platform;
  let dir: string;
  let env: Record<string, string>;
  let deployed: Project;
  let number: number;

  before(async () => {
    platform = await startPlatform();
    dir = mkdtempSync(join(tmpdir(), 'avant-cli-'));
    const written = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const { host, protocol } = new URL(platform.github.url);
    env = {
      APP_ID: String(app.id),
      PRIVATE_KEY_PATH: written('key.pem', app.privateKey),
      AVANT_CONFIG: written(
        'avant.yaml',
        'domain: preview.test\nurl: http://${host}\ntenants: { fr: {}, be: {}, hr: {}, hu: {} }\n',
      ),
      KUBECONFIG: written('kubeconfig', platform.kubernetes.kubeconfig),
      GHE_HOST: host,
      GHE_PROTOCOL: protocol.replace(':', ''),
      // Nothing of the queue is needed.
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    };
    deployed = platform.project('deployed');
    number = deployed.open('feature', file(deployed.repo, ''));
    platform.world.addLabel(deployed.repo, number, label);
    await converge(platform);
    await platform.avant().stop();
  });
  beforeEach(() => {
    platform.github.requests.clear();
    platform.kubernetes.requests.clear();
  });
  after(async () => {
    await platform.close();
    rmSync(dir, { recursive: true });
  });

  /** Explains a pull request, once as JSON, and holds that nothing was written; returns the ended command and what it found. */
  async function explain(repo: string, of: number): Promise<Ended & { result: Result }> {
    const ended = await avant(['explain', `${repo}#${of}`, '--json'], { env });
    assert.equal(ended.err, '');
    assert.deepEqual(writes(), []);
    return { ...ended, result: JSON.parse(ended.out) as Result };
  }

  /** What changes something; a token is no change, nor is a query. */
  function writes(): readonly string[] {
    const { github, kubernetes } = platform;
    const asked = github.requests.list();
    assert.ok(asked.length > 0 && kubernetes.requests.list().length > 0, 'nobody was asked');
    const isRead = ({ method, path, body }: (typeof asked)[number]): boolean =>
      method === 'GET' ||
      /^\/api\/v3\/app\/installations\/\d+\/access_tokens$/.test(path) ||
      (path.endsWith('/graphql') && !/\bmutation\b/.test(JSON.stringify(body)));
    return [
      ...asked.filter((one) => !isRead(one)),
      ...kubernetes.requests.list().filter(({ method }) => method !== 'GET'),
    ].map(({ method, path }) => `${method} ${path}`);
  }

  const plan = ({ previews }: Result): string[] =>
    previews.flatMap(({ namespace, steps }) => steps.map((step) => `${namespace}: ${step.do} ${step.object}`));

  test('what is as it should be: nothing to do', async () => {
    const { code, result } = await explain(deployed.repo, number);
    assert.deepEqual([code, result.decision, plan(result)], [0, { verdict: 'wanted', reason: 'Labelled' }, []]);
    const { out } = await avant(['explain', `${deployed.repo}#${number}`], { env });
    assert.match(
      out,
      /^wanted \(Labelled\): the label cd\/preview asks for [0-9a-f]{7}\n✓ fr in deployed-1-fr: http:\/\/deployed-1-fr\.preview\.test\n {4}nothing to do\n$/,
    );
  });

  test('without the label, and with it: everything is made', async () => {
    const project = platform.project('fresh');
    const of = project.open('feature', file(project.repo, ''));
    const before = await explain(project.repo, of);
    assert.deepEqual(
      [before.code, before.result.decision, before.result.previews],
      [0, { verdict: 'not-wanted', reason: 'NotLabelled' }, []],
    );
    assert.match(before.result.why.join(), /does not have the label cd\/preview/);

    platform.world.addLabel(project.repo, of, label);
    const { code, result } = await explain(project.repo, of);
    assert.equal(code, 0);
    assert.deepEqual(plan(result).slice(0, 2), [
      'fresh-1-fr: create Namespace/fresh-1-fr',
      'fresh-1-fr: apply ServiceAccount/default',
    ]);
    assert.ok(plan(result).includes('fresh-1-fr: apply Deployment/fresh'));
  });

  test('after a push: what it changes', async () => {
    deployed.push('feature');
    const { code, result } = await explain(deployed.repo, number);
    assert.equal(code, 0);
    assert.deepEqual(plan(result), ['deployed-1-fr: apply Deployment/deployed']);
    assert.match(result.previews[0]?.steps[0]?.why ?? '', /has changed/);
  });

  test('waiting for CI, then against it', async () => {
    const project = platform.project('waiting');
    const of = project.open('feature', file(project.repo, 'waitFor: { checks: [ci/jenkins] }\n'));
    platform.world.addLabel(project.repo, of, label);
    const waiting = await explain(project.repo, of);
    assert.deepEqual(
      [waiting.code, waiting.result.decision, waiting.result.problems],
      [0, { verdict: 'waiting', reason: 'WaitingForChecks' }, []],
    );
    assert.match(waiting.result.why.join('\n'), /ci\/jenkins: not reported yet/);

    platform.world.setStatus(project.repo, {
      sha: 'feature',
      state: 'failure',
      context: 'ci/jenkins',
      targetUrl: 'https://ci.test/1',
    });
    const red = await explain(project.repo, of);
    assert.deepEqual([red.code, red.result.decision?.reason], [1, 'ChecksFailed']);
    assert.match(red.result.problems.join('\n'), /CI is against/);
    assert.match(red.result.why.join('\n'), /ci\/jenkins: failure https:\/\/ci\.test\/1/);
  });

  test('a broken config: the problem, and what stays', async () => {
    const project = platform.project('wrong');
    const of = project.open('feature', { [preview]: 'image: [\n' });
    platform.world.addLabel(project.repo, of, label);
    const { code, result } = await explain(project.repo, of);
    assert.deepEqual([code, result.decision, plan(result)], [1, { verdict: 'invalid', reason: 'ConfigBroken' }, []]);
    assert.match(result.problems.join('\n'), /preview\.yaml:2:1/);
  });

  test('a fork: who has to say what', async () => {
    const project = platform.project('upstream');
    const fork = platform.world.forkRepository(project.repo, 'stranger');
    const sha = platform.world.commit(fork, 'gift', file(project.repo, ''), 'gift', 'stranger');
    const of = platform.world.openPullRequest({
      repo: project.repo,
      headRepository: fork,
      head: 'gift',
      title: 'gift',
      author: 'stranger',
    });
    platform.world.addLabel(project.repo, of, label);
    const { code, result } = await explain(project.repo, of);
    assert.deepEqual([code, result.decision, plan(result)], [1, { verdict: 'refused', reason: 'Fork' }, []]);
    assert.match(result.problems.join('\n'), new RegExp(`/preview approve ${sha}`));
  });

  test('stopped: by whom, and what goes', async () => {
    platform.world.comment(deployed.repo, number, '/preview stop');
    const { code, result } = await explain(deployed.repo, number);
    assert.deepEqual([code, result.decision, result.previews], [0, { verdict: 'not-wanted', reason: 'Stopped' }, []]);
    assert.match(result.why.join('\n'), /stopped by octocat at 20\d\d-/);
    assert.deepEqual(
      result.removals.map(({ namespace, steps }) => [namespace, steps.at(0)?.object]),
      [['deployed-1-fr', 'Ingress/deployed']],
    );
  });

  test('what the last try met is told from the record', async () => {
    await platform.boot();
    const project = platform.project('refused');
    const of = project.open('feature', file(project.repo, ''));
    const body = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'InternalError',
      message: 'etcd is full',
      code: 500,
    };
    platform.kubernetes.faults.set({
      match: ({ method, path }) => method === 'PATCH' && path.includes('/namespaces/refused-1-fr/deployments'),
      respond: { status: 500, body },
    });
    platform.world.addLabel(project.repo, of, label);
    await until('the comment tells it', () =>
      (ourComments(platform.world.pullRequest(project.repo, of))[0] ?? '').includes('etcd is full'),
    );
    await platform.avant().stop();
    platform.kubernetes.requests.clear();
    platform.github.requests.clear();
    const { code, result } = await explain(project.repo, of);
    assert.equal(code, 0);
    assert.match(result.previews[0]?.notes.join('\n') ?? '', /the last try met ApplyFailed.*etcd is full/);
  });

  test('a cluster that does not answer keeps only its own tenants from being told', async () => {
    const project = platform.project('apart');
    const of = project.open('feature', { [preview]: configOf(project.repo, 'tenants: [fr, be]\n') });
    platform.world.addLabel(project.repo, of, label);
    const kubeconfig = await closedKubeconfig();
    const config = join(dir, 'two.yaml');
    writeFileSync(
      config,
      `domain: preview.test\ntenants: { fr: {}, be: { cluster: east } }\nclusters: { east: { kubeconfig: ${kubeconfig} } }\n`,
    );
    const { code, out, err } = await avant(['explain', `${project.repo}#${of}`], {
      env: { ...env, AVANT_CONFIG: config },
    });
    assert.equal(code, 3);
    assert.match(out, /✓ fr in apart-1-fr[\s\S]*apply Deployment\/apart[\s\S]*\? be in apart-1-be: [^\n]*\n$/);
    assert.match(err, /^avant: be: Nothing has been heard from the cluster east/);
    assert.deepEqual(writes(), []);
  });

  async function closedKubeconfig(): Promise<string> {
    const path = join(dir, 'closed');
    writeFileSync(
      path,
      platform.kubernetes.kubeconfig.replaceAll(/server: .*/g, `server: http://127.0.0.1:${await freePort()}`),
    );
    return path;
  }

  test('what could not be told: exit code 3, and why, on stderr', async () => {
    const closed = `127.0.0.1:${await freePort()}`;
    const anotherKey = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey;
    const cases: readonly (readonly [Record<string, string>, string, RegExp])[] = [
      [{ APP_ID: '' }, deployed.repo, /^avant: APP_ID is not set/],
      [{ GHE_HOST: closed }, deployed.repo, /^avant: GitHub did not tell about org-deployed\/deployed: .*ECONNREFUSED/],
      [{ PRIVATE_KEY: anotherKey }, deployed.repo, /^avant: GitHub did not tell about .*JSON web token/],
      [{}, 'nobody/nothing', /^avant: The App is not installed on nobody\/nothing/],
      [
        { KUBECONFIG: await closedKubeconfig() },
        deployed.repo,
        /^avant: KUBECONFIG: the cluster did not tell .*ECONNREFUSED/,
      ],
    ];
    for (const [changes, repo, words] of cases) {
      const { code, out, err } = await avant(['explain', `${repo}#${number}`], { env: { ...env, ...changes } });
      assert.deepEqual([code, out], [3, ''], err);
      assert.match(err, words);
    }
    const missing = await avant(['explain', `${deployed.repo}#999`, '--json'], { env });
    assert.equal(missing.code, 3);
    assert.match(missing.err, /^avant: GitHub shows the App no pull request org-deployed\/deployed#999: see that the number is right/);
    assert.deepEqual(
      (JSON.parse(missing.out) as Result).unknown.map((line) => `avant: ${line}\n`),
      [missing.err],
    );
  });
});
