import assert from 'node:assert/strict';
import type { SandboxGitHub } from '../../sandbox/github/server.ts';
import { graphql, type Received } from './github-started.ts';

/** The repository and the pull request of `withPullRequest`. */
export const foo = { owner: 'm6', repo: 'foo' };
export const pullPath = '/m6/foo/pull/241';

/** The webhook secret of every sandbox that a test starts. */
export const secret = 'it is a secret';

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** What GitHub answers to a request with this Authorization header. */
export async function ask(
  url: string,
  authorization?: string,
): Promise<{ status: number; message: string | undefined; headers: Headers }> {
  const answer = await fetch(url, authorization === undefined ? {} : { headers: { authorization } });
  const body = (await answer.json()) as { message?: string };
  return { status: answer.status, message: body.message, headers: answer.headers };
}

export type Failed = {
  status: number;
  response: {
    data: {
      message: string;
      errors?: {
        resource?: string;
        field?: string;
        code: string;
        message?: string;
        contexts?: { context: string; state: string }[];
      }[];
      documentation_url: string;
      status: string;
    };
  };
};

/** The error of a client's call that GitHub refuses. Fails if it is not refused. */
export async function failure(promise: Promise<unknown>): Promise<Failed> {
  try {
    await promise;
  } catch (error) {
    return error as Failed;
  }
  return assert.fail('it was not refused');
}

/** The data of a person's GraphQL query, which must have no errors. */
export async function askData(
  github: SandboxGitHub,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const answer = await graphql(github, 'ada', query, variables);
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  return answer.data ?? {};
}

/** A query of these fields of m6/foo, and of its pull request #241. */
export const inFoo = (fields: string): string => `{ repository(owner: "m6", name: "foo") { ${fields} } }`;
export const in241 = (fields: string): string => inFoo(`pullRequest(number: 241) { ${fields} }`);

/** The answers to those. */
export async function atFoo(github: SandboxGitHub, fields: string): Promise<unknown> {
  return (await askData(github, inFoo(fields)))['repository'];
}
export async function at241(github: SandboxGitHub, fields: string): Promise<unknown> {
  const { repository } = (await askData(github, in241(fields))) as { repository: { pullRequest: unknown } };
  return repository.pullRequest;
}

/** What a webhook is about, for example `pull_request.opened`. */
export function nameOf({ headers, body }: Received): string {
  const { action } = JSON.parse(body) as { action?: string };
  return action === undefined ? String(headers['x-github-event']) : `${String(headers['x-github-event'])}.${action}`;
}

/** A receiver's answer. */
export function thank(response: { end(text: string): void }): void {
  response.end('thanks');
}

/** Runs something and gives what was delivered for it. */
export async function deliveredFor(github: SandboxGitHub, got: Received[], run: () => unknown): Promise<Received[]> {
  await github.deliveries.settled();
  got.length = 0;
  run();
  await github.deliveries.settled();
  return [...got];
}

/** A page as a browser gets it, redirects not followed. */
export async function page(
  github: SandboxGitHub,
  at: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; html: string; headers: Headers }> {
  const answer = await fetch(github.url + at, { headers, redirect: 'manual' });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}

/** Sends a form as a browser without scripts does. */
export async function send(
  github: SandboxGitHub,
  at: string,
  fields: Record<string, string>,
  cookie = 'login=bob',
): Promise<{ status: number; location: string | null; html: string }> {
  const answer = await fetch(github.url + at, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
    headers: { cookie },
  });
  return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() };
}
