import { createHash } from 'node:crypto';
import type { ImageAnswer, RegistryCredentials } from '../../core/ports.ts';
import { AddressRefused, type Reach } from './addresses.ts';
import { readChallenge, type Challenge } from './challenge.ts';
import { BodyTooLong, type Connections, type HttpAnswer } from './connection.ts';
import type { Reference } from './reference.ts';

export type Question = {
  readonly reference: Reference;
  /** Over plain HTTP. */
  readonly insecure: boolean;
  readonly credentials: RegistryCredentials | undefined;
  readonly connections: Connections;
  /** Ends it all. */
  readonly deadline: AbortSignal;
};

/** Something that is said of a registry's answer, in a few words; none of them come from outside. */
class Unusable extends Error {
  override readonly name = 'Unusable';
}

/** What a manifest can be: https://github.com/opencontainers/image-spec media-types, and Docker's own before it. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Registries take no larger ones: https://github.com/opencontainers/distribution-spec, "Pushing Manifests". */
const maxManifest = 4 * 1024 * 1024;
const maxTokenAnswer = 64 * 1024;
const maxToken = 16 * 1024;
const maxRedirects = 3;

/**
 * Asks a registry for an image's manifest by the protocol of https://github.com/opencontainers/distribution-spec ("pull"), with tokens
 * as https://distribution.github.io/distribution/spec/auth/token/ has them. What went wrong is in `why`, without any text of the
 * answer. Never throws.
 */
export async function askForManifest(question: Question): Promise<ImageAnswer> {
  const { host } = question.reference;
  try {
    return await ask(question);
  } catch (error) {
    return { kind: 'unknown', why: error instanceof Unusable ? `${host} ${error.message}` : `${host} could not be asked: ${reasonOf(error)}` };
  }
}

async function ask(question: Question): Promise<ImageAnswer> {
  let method: 'HEAD' | 'GET' = 'HEAD';
  let authorization: string | undefined;
  // Four rounds at most: a HEAD, the same with a token, a GET, and that with a token.
  for (;;) {
    const answer = await askFollowing(question, method, authorization);
    if (answer.status === 401 && authorization === undefined && !answer.redirected) {
      authorization = await authorize(question, readChallenge(String(answer.headers['www-authenticate'] ?? '')));
      if (authorization === undefined) return { kind: 'denied' };
    } else if (method === 'HEAD' && wantsGet(answer)) method = 'GET';
    else return read(answer, question.reference, method);
  }
}

/** HEAD is not allowed everywhere, and not every registry tells the digest then. */
function wantsGet({ status, headers }: HttpAnswer): boolean {
  return status === 405 || status === 501 || (status === 200 && headers['docker-content-digest'] === undefined);
}

function read({ status, headers, body }: HttpAnswer, { wanted, pinned }: Reference, method: 'HEAD' | 'GET'): ImageAnswer {
  const type = /^[^\s;]*/.exec(String(headers['content-type'] ?? ''))?.[0].toLowerCase() ?? '';
  if (status === 401 || status === 403) return { kind: 'denied' };
  // A proxy's own page says nothing about the image.
  if (type === 'text/html') throw new Unusable('answered with a web page');
  if (status === 404) return { kind: 'absent' };
  if (status !== 200) throw new Unusable(`answered ${status}`);
  if (type !== '' && !manifestTypes.includes(type)) throw new Unusable('answered with something else than a manifest');
  const digest = digestOf(headers['docker-content-digest'], method === 'GET' ? body : undefined);
  if (pinned && digest !== wanted) throw new Unusable('answered with another manifest than the one of the digest');
  return { kind: 'found', digest };
}

/** The digest that the registry tells; that of the body where it tells none. Where there are both, they must agree. */
function digestOf(header: string | string[] | undefined, body: Buffer | undefined): string {
  if (header !== undefined && !/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(String(header))) throw new Unusable('answered with a digest that is none');
  if (body === undefined) return String(header);
  const [algorithm = 'sha256'] = header === undefined ? [] : String(header).split(':');
  const actual = `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`;
  if (header !== undefined && actual !== String(header)) throw new Unusable('answered with a manifest that has not the digest it tells');
  return actual;
}

/** Asks for the manifest, and follows redirects, from the first on without credentials. */
async function askFollowing(question: Question, method: 'HEAD' | 'GET', authorization: string | undefined): Promise<HttpAnswer & { readonly redirected: boolean }> {
  const { reference, connections, deadline } = question;
  let url = new URL(`/v2/${reference.name}/manifests/${reference.wanted}`, registryUrl(question));
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const redirected = redirects > 0;
    const headers = { accept: manifestTypes.join(', '), ...(redirected || authorization === undefined ? {} : { authorization }) };
    const answer = await connections.send({ method, url, reach: reachOf(url, question), headers, bodyLimit: method === 'GET' ? maxManifest : undefined, deadline });
    if (![301, 302, 303, 307, 308].includes(answer.status)) return { ...answer, redirected };
    url = checkedUrl(String(answer.headers['location'] ?? ''), question, 'redirects', url);
  }
  throw new Unusable('redirects again and again');
}

/** Returns what `Authorization` is to say; undefined where nothing that we have is let in. */
async function authorize(question: Question, challenge: Challenge | undefined): Promise<string | undefined> {
  const { credentials, reference, connections, deadline } = question;
  const basic = credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  if (challenge === undefined) throw new Unusable('answered 401 and does not say how to authenticate');
  if (challenge.scheme === 'basic') return basic;
  const url = checkedUrl(challenge.realm, question, 'sends for a token');
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  url.searchParams.set('scope', challenge.scope ?? `repository:${reference.name}:pull`);
  const headers = { accept: 'application/json', ...(basic === undefined ? {} : { authorization: basic }) };
  const answer = await connections.send({ method: 'GET', url, reach: reachOf(url, question), headers, bodyLimit: maxTokenAnswer, deadline });
  if (answer.status === 401 || answer.status === 403) return undefined;
  if (answer.status !== 200) throw new Unusable(`sends for a token to a server that answered ${answer.status}`);
  return `Bearer ${tokenIn(answer.body)}`;
}

function tokenIn(body: Buffer): string {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString());
  } catch {
    throw new Unusable('sends for a token to a server that answered no JSON');
  }
  const { token, access_token: other } = typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>) : {};
  const given = token ?? other;
  // RFC 6750, 2.1: what may stand in the header.
  if (typeof given !== 'string' || given.length > maxToken || !/^[\w.~+/-]+=*$/.test(given)) throw new Unusable('sends for a token to a server that gave none');
  return given;
}

/** Returns the address that a registry sends us to; throws where it may not. */
function checkedUrl(address: string, question: Question, what: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw new Unusable(`${what} to no web address`);
  if (url.protocol === 'http:' && !question.insecure) throw new Unusable(`${what} to an address without TLS`);
  if (url.username !== '' || url.password !== '') throw new Unusable(`${what} to an address with a password in it`);
  return url;
}

function registryUrl({ reference: { host }, insecure }: Question): URL {
  return new URL(`${insecure ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`);
}

/** The registry was given by an administrator, and may stand inside; whatever else it sends us to may not. */
function reachOf(url: URL, question: Question): Reach {
  return url.hostname === registryUrl(question).hostname ? 'registry' : 'elsewhere';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connections are refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  TimeoutError: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_OVERFLOW: 'its answer has too many headers',
  UND_ERR_SOCKET: 'the connection was cut',
};

/** Returns what an error is about; never its message, which may hold text from outside. */
export function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return 'it leads to an address that may not be asked';
  if (error instanceof BodyTooLong) return 'its answer is too long';
  if (!(error instanceof Error)) return 'an unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return reasons[code] ?? reasons[error.name] ?? (/^[\w-]{1,60}$/.test(code) ? code : 'an unknown error');
}
