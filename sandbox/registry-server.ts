import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manifestType, type SandboxRegistry } from './registry.ts';

export type RegistryServer = {
  readonly url: string;
  readonly port: number;
  /** What was asked, oldest first: `HEAD /v2/m6/foo/manifests/abc 200`. */
  requests(): readonly string[];
  close(): Promise<void>;
};

export type RegistryServerOptions = {
  /** Where the registry listens on 127.0.0.1; 0 for any free port. */
  readonly port: number;
  readonly registry: SandboxRegistry;
};

/**
 * Starts the registry's HTTP side: what of the OCI distribution protocol asks about images (nothing can be pushed through it), in the
 * words of distribution 2.8, Debian's docker-registry. Rejects when the port is taken.
 */
export async function startRegistryServer({ port, registry }: RegistryServerOptions): Promise<RegistryServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = answerTo(registry, request);
    asked.push(`${request.method ?? ''} ${request.url ?? ''} ${answer.status}`);
    if (asked.length > 2000) asked.splice(0, 1000);
    send(request, response, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new Error(`the sandbox's registry cannot listen on 127.0.0.1:${port}: give it another port`, { cause: error }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests: () => [...asked],
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

const json = 'application/json; charset=utf-8';
const text = 'text/plain; charset=utf-8';

function answer(status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body, headers: { 'content-type': type, ...headers } };
}

/** An answer in the form of the protocol's errors. */
function failure(status: number, code: string, message: string, detail?: unknown): Answer {
  return answer(
    status,
    json,
    `${JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] })}\n`,
  );
}

const route = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/;

function answerTo(registry: SandboxRegistry, request: IncomingMessage): Answer {
  const [path = ''] = (request.url ?? '').split('?');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(405, text, 'Method not allowed\n', { allow: 'GET, HEAD' });
  if (path === '/v2/') return answer(200, json, '{}');
  const [, repository = '', kind, reference = ''] = route.exec(path) ?? [];
  if (kind === undefined || (kind === 'tags' && reference !== 'list')) return answer(404, text, '404 page not found\n');
  const refused = loginRefusal(registry, repository, request.headers.authorization);
  if (refused !== undefined) return refused;
  if (kind === 'tags') return tagList(registry, repository);
  return kind === 'blobs' ? blob(registry, repository, reference) : manifest(registry, repository, reference, request);
}

function loginRefusal(registry: SandboxRegistry, repository: string, given = ''): Answer | undefined {
  const login = registry.loginFor(repository);
  if (login === undefined) return undefined;
  const wanted = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  if (given === `Basic ${wanted}`) return undefined;
  const detail = [{ Type: 'repository', Class: '', Name: repository, Action: 'pull' }];
  const refusal = failure(401, 'UNAUTHORIZED', 'authentication required', detail);
  return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': 'Basic realm="sandbox"' } };
}

function manifest(registry: SandboxRegistry, name: string, reference: string, { headers }: IncomingMessage): Answer {
  const found = registry.manifest(name, reference);
  const isDigest = reference.startsWith('sha256:');
  if (found === undefined) {
    const detail = isDigest ? { Name: name, Revision: reference } : { Tag: reference };
    return failure(404, 'MANIFEST_UNKNOWN', 'manifest unknown', detail);
  }
  // Even `*/*` does not do, and curl without a header gets this.
  const accepted = (headers.accept ?? '').split(',').map((type) => type.split(';')[0]?.trim());
  if (!accepted.includes(manifestType)) {
    return failure(404, 'MANIFEST_UNKNOWN', 'OCI manifest found, but accept header does not support OCI manifests');
  }
  return answer(200, manifestType, found.body, digestHeaders(found.digest));
}

function digestHeaders(digest: string): Record<string, string> {
  return { 'docker-content-digest': digest, etag: `"${digest}"` };
}

/** Only configurations: the images have no layers. */
function blob(registry: SandboxRegistry, name: string, digest: string): Answer {
  const manifests = (registry.tags(name) ?? []).flatMap((tag) => registry.manifest(name, tag) ?? []);
  const found = manifests.find(
    ({ config }) => digest === `sha256:${createHash('sha256').update(config).digest('hex')}`,
  );
  return found === undefined
    ? failure(404, 'BLOB_UNKNOWN', 'blob unknown to registry', digest)
    : answer(200, 'application/octet-stream', found.config, digestHeaders(digest));
}

function tagList(registry: SandboxRegistry, name: string): Answer {
  const tags = registry.tags(name);
  if (tags === undefined) return failure(404, 'NAME_UNKNOWN', 'repository name not known to registry', { name });
  return answer(200, json, `${JSON.stringify({ name, tags })}\n`);
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    'docker-distribution-api-version': 'registry/2.0',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
