import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manifestToPost, type AppManifest } from '../../config/app-manifest.ts';
import { messageOf } from '../../core/errors.ts';
import { donePage, failedPage, startPage } from './page.ts';

/** What is told of the App in the browser: its name, where its key is, and where it is installed from. */
export type Made = { readonly name: string; readonly where: string; readonly installUrl: string };

export type RegistrationOptions = {
  readonly manifest: AppManifest;
  /** Instead of the manifest's. */
  readonly name: string | undefined;
  readonly webhookUrl: string;
  /** GitHub's page that a manifest is posted to. */
  readonly createUrl: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Called once, with the code that GitHub gave; what it returns is told in the browser. */
  readonly exchange: (code: string) => Promise<Made>;
  /** What came that is not GitHub's answer to this registration: worth a word, and waited on. */
  readonly refused: (what: string) => void;
};

/** A page on this machine, waiting for one App to be made. */
export type Registration = {
  /** What to open in a browser on this machine. Nobody finds the page without it. */
  readonly url: string;
  /** Resolves when the App is made, rejects when that failed. */
  readonly done: Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens the page with which a person makes the App on GitHub ("Registering a GitHub App from a manifest", docs.github.com), on the
 * loopback address only. Rejects when the port is taken.
 */
export async function openRegistration(options: RegistrationOptions): Promise<Registration> {
  const { promise: done, resolve, reject } = Promise.withResolvers<undefined>();
  // Whoever is told of it first does not have to be listening yet.
  done.catch(() => undefined);
  const [path, state] = [`/${randomBytes(16).toString('hex')}`, randomBytes(16).toString('hex')];
  let taken = false;
  const server = createServer();
  const port = await listen(server, options.port);
  const origin = `http://127.0.0.1:${port}`;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? '', origin);
    const known = isLocal(request, port) && request.method === 'GET';
    if (known && url?.pathname === path) answer(response, 200, startOf(options, state, `${origin}/created`));
    else if (known && url?.pathname === '/created') void created(url.searchParams, response);
    else answer(response, 404, failedPage('There is nothing at this address: open the one that avant setup prints.'));
  });

  async function created(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const code = query.get('code') ?? '';
    const wrong = isSame(query.get('state') ?? '', state)
      ? /^[\w-]{1,200}$/.test(code)
        ? taken && 'The App is being made already.'
        : 'GitHub gave no code: press the button once more.'
      : 'This is not GitHub’s answer to this registration (its state is another): open the address that avant setup prints.';
    if (wrong !== false) {
      if (!taken) options.refused(wrong);
      answer(response, 400, failedPage(wrong));
      return;
    }
    taken = true;
    try {
      const made = await options.exchange(code);
      answer(response, 200, donePage(made), () => {
        resolve(undefined);
      });
    } catch (error) {
      answer(response, 502, failedPage(messageOf(error)), () => {
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    }
  }

  return {
    url: origin + path,
    done,
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}

function startOf({ manifest, name, webhookUrl, createUrl }: RegistrationOptions, state: string, redirectUrl: string): string {
  return startPage(manifest, manifestToPost(manifest, { name, webhookUrl, redirectUrl }), `${createUrl}?state=${state}`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** A page of somebody else's may have its own name lead here; its requests carry that name. */
function isLocal({ headers }: IncomingMessage, port: number): boolean {
  return [`127.0.0.1:${port}`, `localhost:${port}`].includes(headers.host ?? '');
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Sends a page; `then` is called when it is sent, or when nobody is there to take it. Its policy says nothing of forms: on
 * the way to GitHub's page a browser may be led over a place to log in, which such a policy would forbid.
 */
function answer(response: ServerResponse, status: number, page: string, then: () => void = () => undefined): void {
  response.once('close', then);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  response.end(page);
}
