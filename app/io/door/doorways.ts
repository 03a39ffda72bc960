import { Pool } from 'undici';
import type { DoorSettings } from '../../config/door.ts';
import type { DoorAnswer } from '../../core/door.ts';
import type { DoorQuestion } from '../../core/ports.ts';
import { markerHeader } from '../../core/traffic/policy.ts';
import { classify } from './classify.ts';

/** The ways to the doors of the clusters. */
export type Doorways = {
  /** Asks once; `heard` is called once, as soon as the answer's head is there. Resolves when nothing of it is left to read. Never throws. */
  ask(question: Omit<DoorQuestion, 'settleMs'>, heard: (answer: DoorAnswer) => void): Promise<void>;
  close(): Promise<void>;
};

/** Read of a body that nobody wants, so that the connection can be used again; and how long that may take, in milliseconds. */
const [maxUnwanted, unwantedMs] = [64 * 1024, 1_000];

/**
 * Opens the ways to the doors: connections that are kept, `atOnce` at most to each door. One question takes `timeoutMs` at most, from
 * the connection to the head of the answer. Redirects are not followed.
 */
export function openDoorways(doors: Readonly<Record<string, DoorSettings>>, { atOnce, timeoutMs }: { readonly atOnce: number; readonly timeoutMs: number }): Doorways {
  const ways = new Map(Object.entries(doors).map(([cluster, settings]) => [cluster, { pool: openPool(settings, atOnce, timeoutMs), headers: headersOf(settings) }]));
  return {
    async ask({ cluster, host, path, marker }, heard) {
      const way = ways.get(cluster);
      if (!way) {
        heard({ kind: 'none', why: 'there is none' });
        return;
      }
      const signal = AbortSignal.timeout(timeoutMs);
      // The name of the host is what TLS asks for, and what the certificate has to be for.
      const answer = await way.pool.request({ method: 'GET', path, headers: { ...way.headers, host }, signal }).catch((error: unknown) => reasonOf(error));
      if (typeof answer === 'string') {
        heard({ kind: 'none', why: answer });
        return;
      }
      const { statusCode: status, headers, body } = answer;
      const location = [headers['location'] ?? []].flat()[0];
      const markers = [headers[markerHeader.toLowerCase()] ?? []].flat();
      heard(classify({ status, markers, location }, { host, path, marker }));
      await body.dump({ limit: maxUnwanted, signal: AbortSignal.timeout(unwantedMs) }).catch(() => undefined);
    },
    async close() {
      await Promise.all([...ways.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function openPool({ address, insecure }: DoorSettings, connections: number, timeoutMs: number): Pool {
  return new Pool(address, {
    connections,
    allowH2: false,
    pipelining: 1,
    connect: { timeout: timeoutMs, rejectUnauthorized: !insecure },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
    maxHeaderSize: 64 * 1024,
  });
}

function headersOf({ headers }: DoorSettings): Readonly<Record<string, string>> {
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()] as const);
  return { 'user-agent': 'avant', accept: '*/*', ...Object.fromEntries(given) };
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connections are refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  TimeoutError: 'no answer in time',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_OVERFLOW: 'its answer has too many headers',
  HTTPParserError: 'it does not speak HTTP',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is not for this host',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by anybody known',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by anybody known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by anybody known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by anybody known',
};

/** Returns what an error is about; never its message, which may hold text from outside. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (/^ERR_SSL_/.test(code) || code === 'EPROTO') return 'it does not speak TLS';
  if (/^HPE_/.test(code)) return 'it does not speak HTTP';
  return reasons[code] ?? reasons[error.name] ?? (/^[\w-]{1,60}$/.test(code) ? code : 'an unknown error');
}
