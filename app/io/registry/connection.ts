import { Agent, request } from 'undici';
import { checkLiteral, lookupWithin, type Reach } from './addresses.ts';

/** An answer over HTTP; the body is read only where a limit for it was given and the status is 200. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export type HttpRequest = {
  readonly method: 'HEAD' | 'GET';
  readonly url: URL;
  readonly reach: Reach;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes; undefined: the body is of no interest. */
  readonly bodyLimit: number | undefined;
  /** Ends the request whatever its own time is. */
  readonly deadline: AbortSignal;
};

export type Connections = {
  /** Throws what went wrong, also for an address that may not be asked. Follows no redirect. */
  send(asked: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
};

/** The body is longer than was allowed. */
export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong';
}

/** Read of a body that nobody wants, so that the connection can be used again. */
const maxUnwanted = 16 * 1024;

/** Opens the connections to registries and their token servers, or to chart repositories; `timeoutMs` is for one request, from the first byte to the last. */
export function openConnections(timeoutMs: number): Connections {
  const agent = (reach: Reach): Agent =>
    new Agent({
      allowH2: false,
      connections: 8,
      connect: { lookup: lookupWithin(reach), timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 10_000,
      maxHeaderSize: 16 * 1024,
    });
  const agents: Readonly<Record<Reach, Agent>> = { registry: agent('registry'), elsewhere: agent('elsewhere') };
  return {
    async send({ method, url, reach, headers, bodyLimit, deadline }) {
      checkLiteral(url, reach);
      const signal = AbortSignal.any([deadline, AbortSignal.timeout(timeoutMs)]);
      const answer = await request(url, { method, headers, dispatcher: agents[reach], signal });
      const { statusCode: status } = answer;
      if (status === 200 && bodyLimit !== undefined) return { status, headers: answer.headers, body: await whole(answer.body, bodyLimit) };
      // What becomes of it is of no interest either.
      await answer.body.dump({ limit: maxUnwanted, signal }).catch(() => undefined);
      return { status, headers: answer.headers, body: Buffer.alloc(0) };
    },
    async close() {
      await Promise.all(Object.values(agents).map((each) => each.destroy()));
    },
  };
}

async function whole(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLong('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
