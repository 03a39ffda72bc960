import { after, afterEach, before } from 'node:test';
import assert from 'node:assert/strict';
import type { PullRequestRead } from '../../app/core/facts.ts';
import type { PullRequestKey } from '../../app/core/key.ts';
import type { GitHubReader, GitHubWriter, Target } from '../../app/core/ports.ts';
import { openGitHub, type GitHubClients } from '../../app/io/github/client.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { openGitHubWriter } from '../../app/io/github/write.ts';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import type { Changes } from '../../sandbox/github/world/git.ts';
import { privateKey, publicKey, silent } from './github-scripted.ts';

export type Made = { readonly name: string; readonly key: PullRequestKey; readonly on: Target };

export type Against = {
  readonly github: SandboxGitHub;
  readonly clients: GitHubClients;
  readonly reader: GitHubReader;
  readonly writer: GitHubWriter;
  /** The App's on the account `m6`. */
  readonly installation: number;
  /** Other clients of the same App, which have no tokens yet. */
  connect(): GitHubClients;
  /** A new repository with one open pull request. */
  pullRequest(files?: Changes): Made;
  read(key: PullRequestKey, comment?: string, lastCommand?: number): Promise<PullRequestRead>;
  found(
    key: PullRequestKey,
    comment?: string,
    lastCommand?: number,
  ): Promise<Extract<PullRequestRead, { kind: 'found' }>>;
  /** Returns how often GraphQL was asked meanwhile, and what came of it. */
  graphqlCalls<T>(run: () => Promise<T>): Promise<[number, T]>;
};

export const config = '.cloud/preview.yaml';
const realClock = { now: () => new Date(), monotonicMs: () => performance.now() };

/** Starts the sandbox's GitHub before the tests of a file and ends it after them; `against()` is for inside a test. */
export function useSandbox(): () => Against {
  let running: Against | undefined;
  before(async () => {
    running = await start();
  });
  after(async () => {
    await running?.clients.close();
    await running?.github.close();
  });
  afterEach(() => {
    running?.github.faults.clear();
  });
  return () => {
    assert.ok(running);
    return running;
  };
}

async function start(): Promise<Against> {
  const github = await startGitHub({
    port: 0,
    app: { id: 7, slug: 'avant', publicKey },
    webhook: { url: '', secret: 'secret' },
  });
  const connect = () =>
    openGitHub({
      appId: 7,
      privateKey,
      host: new URL(github.url).host,
      protocol: 'http',
      clock: realClock,
      log: silent,
    });
  const clients = connect();
  const reader = openGitHubReader(clients);
  github.world.createRepository({ owner: 'm6', name: 'first', files: { 'README.md': 'first' } });
  const installation = github.world.createInstallation('m6').id;
  const read = (key: PullRequestKey, comment?: string, lastCommand = 0) =>
    reader.read(key, { comment, environments: ['preview/fr', 'preview/be'], lastCommand });
  let repositories = 0;
  return {
    github,
    clients,
    reader,
    writer: openGitHubWriter(clients),
    installation,
    connect,
    pullRequest(files = {}) {
      const name = `foo-${++repositories}`;
      const full = `m6/${name}`;
      const { nodeId } = github.world.createRepository({
        owner: 'm6',
        name,
        private: true,
        files: { 'README.md': 'hello' },
      });
      github.world.commit(full, 'feature', { 'page.html': '<p>feature</p>', ...files });
      const number = github.world.openPullRequest({ repo: full, head: 'feature', title: 'A feature', author: 'ada' });
      return {
        name: full,
        key: { installation, repository: nodeId, number },
        on: { installation, owner: 'm6', name, number },
      };
    },
    read,
    async found(key, comment, lastCommand) {
      const answer = await read(key, comment, lastCommand);
      assert.ok(answer.kind === 'found');
      return answer;
    },
    async graphqlCalls(run) {
      github.requests.clear();
      const result = await run();
      return [github.requests.list().filter(({ path }) => path.includes('graphql')).length, result];
    },
  };
}
