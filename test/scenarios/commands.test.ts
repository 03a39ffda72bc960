import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { configMaps, deployments, namespaces } from '../../sandbox/kubernetes/resources.ts';
import type { Deployment } from '../../sandbox/kubernetes/workloads.ts';
import { app, freePort, until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, githubWrites, label, startPlatform, visit, type Platform, type Project } from '../support/platform.ts';

type Comment = ReturnType<Platform['world']['comment']>;

const ours = `${app.slug}[bot]`;

describe('commands', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  /** Returns the number of a pull request whose previews, of fr and be unless told, are live. */
  async function live(project: Project, tenants = 'fr, be'): Promise<number> {
    const number = project.open('feature', { '.cloud/preview.yaml': configOf(project.repo, `tenants: [${tenants}]\n`) });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    return number;
  }

  const reactions = ({ reactions: all }: Comment): readonly string[] => all.filter(({ by }) => by.login === ours).map(({ content }) => content);
  const running = (name: string): readonly string[] => platform.kubernetes.store.list(namespaces).map(({ metadata }) => metadata.name).filter((one) => one.startsWith(`${name}-`));

  test('the webhooks of comments are lost: resync finds a stop, and its end', async () => {
    const project = platform.project('deaf');
    const number = await live(project, 'fr');
    await platform.github.deliveries.settled();
    platform.github.setWebhook(`http://127.0.0.1:${await freePort()}/api/github/webhooks`);
    const stop = platform.world.comment(project.repo, number, 'Enough of it:\n\n/preview stop\n', 'ada');
    platform.world.comment(project.repo, number, 'Thank you!');
    await until('the preview is gone', () => running('deaf').length === 0);
    const pull = platform.world.pullRequest(project.repo, number);
    await until('the comment says so', () => /`ada` stopped it/.test(ourComments(pull)[0] ?? ''));
    // A push does not bring it back; what resync reads then has the push and the command.
    project.push('feature');
    const start = platform.world.comment(project.repo, number, '/preview', 'ada');
    await converge(platform);
    platform.github.setWebhook(platform.avant().webhookUrl);
    await until('both are answered', () => [stop, start].every((comment) => reactions(comment).length > 0));
    assert.deepEqual([reactions(stop), reactions(start)], [['+1'], ['+1']]);
  });

  test('a stop outlives a push, and the label that is taken off and put on again ends it', async () => {
    const project = platform.project('stopped');
    const number = await live(project, 'fr');
    platform.world.comment(project.repo, number, '/preview stop');
    await until('the preview is gone', () => running('stopped').length === 0);
    project.push('feature');
    const { headSha } = platform.world.pullRequest(project.repo, number);
    await until('the push was read', () => recordOf(platform, project, number).includes(headSha));
    assert.deepEqual(running('stopped'), []);
    platform.world.removeLabel(project.repo, number, label);
    // GitHub's clock has whole seconds, and only what is later ends the stop.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
  });

  test('two Avants that hear of everything at the same moment run each command once', async () => {
    const project = platform.project('both');
    const number = await live(project);
    const other = await platform.beside();
    const [first, second] = [platform.avant().webhookUrl, other.webhookUrl];
    const fork = await forwardTo([first, second]);
    try {
      await platform.github.deliveries.settled();
      platform.github.setWebhook(fork.url);
      const generations = (): readonly (number | undefined)[] => ['fr', 'be'].map((tenant) => (platform.kubernetes.store.list(deployments, `both-${number}-${tenant}`) as Deployment[])[0]?.metadata.generation);
      const before = generations();
      const restart = platform.world.comment(project.repo, number, '/preview restart fr');
      await until('it is answered', () => reactions(restart).length > 0);
      await converge(platform);
      assert.deepEqual(generations(), [(before[0] ?? 0) + 1, before[1]], 'the one tenant was started anew once');

      const words = ['/preview stop', '/preview', '/preview restart be', '/preview rm -rf', '/preview restart', '/preview stop', '/preview help', '/preview'];
      const comments = words.map((body) => platform.world.comment(project.repo, number, body));
      const last = comments.at(-1);
      assert.ok(last);
      await until('the last is answered', () => reactions(last).length > 0);
      await converge(platform);
      await platform.github.deliveries.settled();
      assert.deepEqual([restart, ...comments].map((comment) => reactions(comment).length), [1, ...words.map(() => 1)], 'one reaction each');
      const { answers, lastCommand } = intentOf(platform, project, number);
      assert.deepEqual(answers.map(({ comment }) => comment), [restart, ...comments].map(({ id }) => id), 'each was run once, in order');
      assert.equal(lastCommand, last.id);
    } finally {
      platform.github.setWebhook(first);
      await fork.close();
      await other.stop();
    }
  });

  test('a thousand comments at once: the one that may is heard, the others cost little, and nobody else waits for them', async () => {
    const project = platform.project('noise', { private: false });
    const number = await live(project, 'fr');
    const beside = platform.project('beside');
    platform.github.requests.clear();
    const noise = (): void => {
      for (let times = 0; times < 500; times += 1) platform.world.comment(project.repo, number, '/preview restart', 'mallory');
    };
    noise();
    const stop = platform.world.comment(project.repo, number, '/preview stop');
    noise();
    const quiet = beside.open('feature', { '.cloud/preview.yaml': configOf(beside.repo, 'tenants: [fr]\n') });
    platform.world.addLabel(beside.repo, quiet, `${label}/fr`);
    await until('somebody else has a preview', async () => (await visit(platform, `beside-${quiet}-fr.preview.test`)).status === 200, 20_000);
    await until('the stop was heard', () => running('noise').length === 0);
    const pull = platform.world.pullRequest(project.repo, number);
    const newest = pull.comments.at(-1)?.id ?? 0;
    await until('all were looked at', () => intentOf(platform, project, number).lastCommand >= newest);
    await platform.github.deliveries.settled();
    const { answers, stopped } = intentOf(platform, project, number);
    assert.deepEqual([answers.length, stopped?.by], [10, stop.author.login]);
    assert.ok(answers.every(({ outcome }) => outcome === 'refused'));
    await until('the comment says so', () => /stopped it/.test(ourComments(pull)[0] ?? ''));
    await until('the last ten are answered', () => pull.comments.filter(({ author }) => author.login === 'mallory').slice(-10).every((comment) => reactions(comment).join() === '-1'));
    assert.equal(ourComments(pull).length, 1);
    const writes = githubWrites(platform).filter((write) => write.includes('/noise/'));
    assert.ok(writes.length <= 40, `${writes.length} writes for it`);
    const asked = platform.github.requests.count({ as: 'installation', route: /collaborators/ });
    assert.ok(asked <= 5, `asked ${asked} times what somebody may do`);
  });
});

type Recorded = { readonly lastCommand: number; readonly stopped?: { readonly by: string }; readonly answers: readonly { readonly comment: number; readonly outcome: string }[] };

/** Returns the text of a pull request's record; empty where there is none. */
function recordOf({ kubernetes }: Platform, project: Project, number: number): string {
  const end = `/${project.nodeId}/${number}`;
  const found = kubernetes.store.list(configMaps, 'avant').find(({ metadata }) => metadata.labels?.['avant/store'] === 'record' && metadata.annotations?.['avant/owner']?.endsWith(end));
  return (found as { data?: Record<string, string> } | undefined)?.data?.['record'] ?? '';
}

function intentOf(platform: Platform, project: Project, number: number): Recorded {
  return (JSON.parse(recordOf(platform, project, number)) as { intent: Recorded }).intent;
}

/** Starts a server that hands each request on to several, at the same moment, and answers as the first of them does. */
async function forwardTo(urls: readonly string[]): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void handOn(request, urls).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(502).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handOn(request: IncomingMessage, urls: readonly string[]): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const kept = ['content-type', 'x-github-event', 'x-github-delivery', 'x-hub-signature-256', 'x-github-hook-id'];
  const headers = Object.fromEntries(kept.flatMap((name) => (typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [])));
  const answers = await Promise.all(urls.map((url) => fetch(url, { method: 'POST', headers, body: Buffer.concat(chunks) })));
  return answers[0]?.status ?? 502;
}
