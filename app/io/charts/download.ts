import { withoutSlash } from '../../config/chart-repositories.ts';
import { shown } from '../../core/outside-text.ts';
import { BodyTooLong, type Connections, type HttpAnswer } from '../registry/connection.ts';
import { reasonOf } from '../registry/protocol.ts';
import { RepositoryTrouble } from './remote-chart.ts';

export type Download =
  | { readonly kind: 'read'; readonly body: Uint8Array; readonly etag: string | undefined }
  /** It is what the `etag` given stands for. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'too long' }
  /** It is not below the repository's address; `where`: what can be shown of that. */
  | { readonly kind: 'elsewhere'; readonly where: string };

export type DownloadRequest = {
  readonly url: URL;
  /** The repository's address, with a slash at its end. */
  readonly base: URL;
  readonly mostBytes: number;
  /** In milliseconds, redirects and all. */
  readonly ms: number;
  readonly etag?: string | undefined;
};

const maxRedirects = 3;

/** Says whether a URL is at the repository's own origin and below its path. A slash that is written as `%2f` is none to be guessed at. */
export function isBelow(url: URL, base: URL): boolean {
  const plain = url.username === '' && url.password === '' && !/%(?:2f|5c)/i.test(url.pathname);
  return plain && url.origin === base.origin && url.pathname.startsWith(base.pathname) && url.pathname !== base.pathname;
}

/**
 * Downloads a file of a chart repository, following redirects only to where it could have been at once. Throws a RepositoryTrouble
 * for what may pass; its message holds no text of the answer.
 */
export async function download({ url, base, mostBytes, ms, etag }: DownloadRequest, connections: Connections): Promise<Download> {
  const deadline = AbortSignal.timeout(ms);
  const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'avant', ...(etag === undefined ? {} : { 'if-none-match': etag }) };
  let at = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    if (!isBelow(at, base)) return { kind: 'elsewhere', where: shown(at.origin, 100) };
    const answer = await send(at, { base, headers, mostBytes, deadline }, connections);
    if (answer === 'too long') return { kind: 'too long' };
    const { status } = answer;
    if (status === 200) return { kind: 'read', body: answer.body, etag: etagOf(answer) };
    if (status === 304 && etag !== undefined) return { kind: 'unchanged' };
    if (status === 404 || status === 410) return { kind: 'absent' };
    const location = [301, 302, 303, 307, 308].includes(status) ? URL.parse(String(answer.headers['location'] ?? ''), at.href) : null;
    if (!location) throw trouble(base, `it answers ${status}`);
    at = location;
  }
  throw trouble(base, 'it redirects too often');
}

type Sending = { readonly base: URL; readonly headers: Readonly<Record<string, string>>; readonly mostBytes: number; readonly deadline: AbortSignal };

async function send(url: URL, { base, headers, mostBytes, deadline }: Sending, connections: Connections): Promise<HttpAnswer | 'too long'> {
  try {
    return await connections.send({ method: 'GET', url, reach: 'registry', headers, bodyLimit: mostBytes, deadline });
  } catch (error) {
    if (error instanceof BodyTooLong) return 'too long';
    throw trouble(base, reasonOf(error));
  }
}

function trouble(base: URL, why: string): RepositoryTrouble {
  return new RepositoryTrouble(`The chart repository ${withoutSlash(base.href)} cannot be read: ${why}`);
}

/** One that is longer than any that there is is not sent back. */
function etagOf({ headers }: HttpAnswer): string | undefined {
  const etag = headers['etag'];
  return typeof etag === 'string' && etag.length <= 200 ? etag : undefined;
}
