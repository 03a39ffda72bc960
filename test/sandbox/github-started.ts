import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { startGitHub, type GitHubOptions, type SandboxGitHub } from '../../sandbox/github/server.ts';

export const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export const app = { id: 7, slug: 'avant', publicKey: keys.publicKey };

const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // Octokit warns of answers that a test provokes.
}

/** A sandbox of its own for the tests of a file; ended after them. */
export async function started(options: Partial<GitHubOptions> = {}): Promise<SandboxGitHub> {
  const github = await startGitHub({ port: 0, app, webhook: { url: '', secret: 'it is a secret' }, ...options });
  after(() => github.close());
  return github;
}

function octokit(github: SandboxGitHub, options: ConstructorParameters<typeof Octokit>[0]): Octokit {
  return new Octokit({ baseUrl: `${github.url}/api/v3`, log: quiet, ...options });
}

/** A client of the App itself. */
export function asApp(github: SandboxGitHub): Octokit {
  return octokit(github, { authStrategy: createAppAuth, auth: { appId: app.id, privateKey: keys.privateKey } });
}

/** A client of one installation. */
export function asInstallation(github: SandboxGitHub, installationId: number): Octokit {
  const auth = { appId: app.id, privateKey: keys.privateKey, installationId };
  return octokit(github, { authStrategy: createAppAuth, auth });
}

/** A client of a person, or of nobody. */
export function asPerson(github: SandboxGitHub, login?: string): Octokit {
  return octokit(github, login === undefined ? {} : { auth: login });
}

type Sample = { github: SandboxGitHub; installation: number; number: number };

/**
 * An installation on `m6` with the repository `m6/foo`, and a pull request #241 from `feature` to `main` by `ada`. `bob`
 * may write there.
 */
export async function withPullRequest(options: Partial<GitHubOptions> = {}): Promise<Sample> {
  const github = await started(options);
  const { world } = github;
  const installation = world.createInstallation('m6').id;
  world.createRepository({
    owner: 'm6',
    name: 'foo',
    files: { 'README.md': '# foo\n', 'src/page.html': '<h1>one</h1>\n' },
  });
  world.commit('m6/foo', 'feature', { 'src/page.html': '<h1>two</h1>\n' }, 'Two', 'ada');
  const number = world.openPullRequest({ repo: 'm6/foo', head: 'feature', title: 'Two', author: 'ada', number: 241 });
  world.setRole('m6/foo', 'bob', 'write');
  return { github, installation, number };
}

export type GraphqlAnswer = {
  status: number;
  data?: Record<string, unknown> | null;
  errors?: { type?: string; message: string; path?: (string | number)[] }[];
};

/** Asks GraphQL with a token as it is. */
export async function graphql(
  github: SandboxGitHub,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<GraphqlAnswer> {
  const answer = await fetch(`${github.url}/api/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return { ...((await answer.json()) as object), status: answer.status };
}

/** A token of the installation, as a client would have it. */
export async function installationToken(
  github: SandboxGitHub,
  installation: number,
  narrowed: object = {},
): Promise<string> {
  const { data } = await asApp(github).request('POST /app/installations/{installation_id}/access_tokens', {
    installation_id: installation,
    ...narrowed,
  });
  return data.token;
}

export type Received = { headers: IncomingMessage['headers']; body: string };

/** A webhook receiver that keeps what it gets and answers as told. */
export async function receiver(
  respond: (response: ServerResponse, request: Received) => void,
): Promise<{ url: string; got: Received[]; server: Server }> {
  const got: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = { headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      got.push(received);
      respond(response, received);
    });
  });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => {
    resolve(undefined);
  });
  await promise;
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got, server };
}
