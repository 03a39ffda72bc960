import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, Log } from '../../app/core/ports.ts';
import { openGitHub, type GitHubClients } from '../../app/io/github/client.ts';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: unknown;
};

/** Says how to answer; undefined for the usual: a token, the App, or 404. */
export type Script = (asked: Asked, response: ServerResponse) => unknown;

export type Scripted = {
  readonly clients: GitHubClients;
  readonly asked: Asked[];
  readonly clock: HandClock;
  close(): Promise<void>;
};

export type HandClock = Clock & { pass(ms: number): void };

/** A clock that stands until it is told to go on. */
export function handClock(): HandClock {
  let ms = Date.UTC(2026, 0, 1, 12);
  return {
    now: () => new Date(ms),
    monotonicMs: () => ms,
    pass(by) {
      ms += by;
    },
  };
}

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Made once: it takes a tenth of a second. */
export const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

/**
 * A server that answers as the script says, for the answers that no honest GitHub gives, and clients that talk to it.
 */
export async function scripted(
  script: Script,
  options: { readonly timeoutMs?: number; readonly mostAnswerBytes?: number; readonly log?: Log } = {},
): Promise<Scripted> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const path = (request.url ?? '').replace(/^\/api(\/v3)?/, '');
      const each = { method: request.method ?? '', path, authorization: request.headers.authorization ?? '', body };
      asked.push(each);
      if (script(each, response) === undefined) usual(each, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clock = handClock();
  const host = `127.0.0.1:${port}`;
  const clients = openGitHub({ appId: 7, privateKey, host, protocol: 'http', clock, log: silent, ...options });
  return {
    clients,
    asked,
    clock,
    async close() {
      await clients.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Runs with such a server, and closes it. */
export async function withServer(
  script: Script,
  run: (server: Scripted) => Promise<void>,
  options: Parameters<typeof scripted>[1] = {},
): Promise<void> {
  const server = await scripted(script, options);
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

/** Returns how often a path was asked for that the pattern fits. */
export function count(asked: readonly Asked[], path: RegExp): number {
  return asked.filter((each) => path.test(each.path)).length;
}

let tokens = 0;

function usual({ method, path }: Asked, response: ServerResponse): void {
  if (method === 'POST' && path.endsWith('/access_tokens')) {
    json(response, 201, {
      token: `ghs_${++tokens}`,
      expires_at: '2099-01-01T00:00:00Z',
      permissions: {},
      repository_selection: 'all',
    });
  } else if (path === '/app') json(response, 200, { id: 7, slug: 'avant' });
  else json(response, 404, { message: 'Not Found' });
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): true {
  return text(response, status, JSON.stringify(body), {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
}

export function text(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): true {
  response.writeHead(status, headers);
  response.end(body);
  return true;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body === '' ? undefined : JSON.parse(body);
}
