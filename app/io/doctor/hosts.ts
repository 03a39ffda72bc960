import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import type { DoorSettings } from '../../config/door.ts';
import { ok, problem, warning, type Verdict } from '../../core/diagnosis.ts';
import { messageOf } from '../../core/errors.ts';
import type { DoorAnswer } from '../../core/door.ts';
import { openDoorways } from '../door/doorways.ts';
import { once, type Check } from './checks.ts';

/** A domain that previews' hosts are under, and how their links look. */
export type DomainParts = {
  readonly domain: string;
  /** With `${host}`. */
  readonly url: string;
  /** The door of the previews' cluster; undefined where the platform names none. */
  readonly door: DoorSettings | undefined;
};

/** Returns all IPv4 and IPv6 addresses of a name; throws where it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Opens a resolver that asks the DNS itself: only there are wildcards, and a question can be given up. */
export function openResolver(timeoutMs: number): { readonly resolve: Resolve; close(): void } {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  return {
    resolve: async (host) => {
      // Names below localhost are this machine, and never asked of the DNS (RFC 6761, 6.3).
      if (/(^|\.)localhost$/.test(host)) return ['127.0.0.1'];
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      const [first] = found;
      if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
      return addresses;
    },
    close: () => {
      resolver.cancel();
    },
  };
}

/** Looks at a domain as a visitor of a host that nobody has: names, certificate, and what answers. */
export function domainChecks({ domain, url, door }: DomainParts, resolve: Resolve, withinMs: number): Check[] {
  const host = `${randomHost()}.${domain}`;
  const link = new URL(url.replace('${host}', () => host));
  const addresses = once(() => resolve(host));
  const named = `DNS *.${domain}`;
  const mend = `let the wildcard record *.${domain} lead to the ingress controller, or to the load balancer before it`;
  const at = `${link.protocol}//*.${domain}${link.port === '' ? '' : `:${link.port}`}`;
  const tls = link.protocol === 'https:';
  const otherwise = 'see that the load balancer leads to the ingress controller, and that a firewall lets you in';
  return [
    {
      name: named,
      needs: [],
      otherwise: mend,
      run: () => judgeNames({ domain, door, mend }, addresses, resolve),
    },
    ...(tls
      ? [
          {
            name: `certificate ${at}`,
            needs: [named],
            otherwise,
            run: async (signal: AbortSignal) =>
              reaching(presented(link, await first(addresses), { signal, withinMs }), (seen) => judgeCertificate(link, seen)),
          },
        ]
      : []),
    {
      name: `links ${at}`,
      needs: [named],
      otherwise,
      run: async (signal) => reaching(askLink(link, await first(addresses), { signal, withinMs }), judgeLink),
    },
  ];
}

type Within = { readonly signal: AbortSignal; readonly withinMs: number };

const silences: ReadonlySet<unknown> = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Judges what comes. Silence is no proof: load balancers do not always answer the machines that they lead to. */
async function reaching<T>(asked: Promise<T>, judge: (seen: T) => Verdict): Promise<Verdict> {
  try {
    return judge(await asked);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && silences.has(error.code))) throw error;
    return warning(
      `there is no answer to this machine (${messageOf(error)})`,
      'from inside of a cluster its own load balancer is not always reached: look from another machine',
    );
  }
}

function randomHost(): string {
  return `avant-doctor-${randomBytes(5).toString('hex')}`;
}

async function first(addresses: () => Promise<readonly string[]>): Promise<string> {
  const [address] = await addresses();
  if (address === undefined) throw new Error('the name has no address');
  return address;
}

async function judgeNames(
  at: { readonly domain: string; readonly door: DoorSettings | undefined; readonly mend: string },
  addresses: () => Promise<readonly string[]>,
  resolve: Resolve,
): Promise<Verdict> {
  const second = `${randomHost()}.${at.domain}`;
  const found = await Promise.all([addresses(), resolve(second)]).catch((error: unknown) => messageOf(error));
  if (typeof found === 'string') return problem(`hosts under it have no address (${found})`, at.mend);
  const [one, other] = found;
  // Large load balancers answer with some of their addresses at a time.
  if (!one.some((address) => other.includes(address)))
    return problem(`two hosts lead to different places: ${one.join(' ')}, and ${other.join(' ')}`, at.mend);
  const says = `any host leads to ${[...one].sort().join(' ')}`;
  const doors = at.door === undefined ? [] : await doorAddresses(at.door, resolve);
  return doors.length === 0 || doors.some((address) => one.includes(address))
    ? ok(says)
    : warning(`${says}; the door is at ${doors.join(' ')}`, 'fine where a load balancer stands before it; else one of both is wrong');
}

/** A name that only the cluster knows says nothing about the DNS outside. */
async function doorAddresses({ address }: DoorSettings, resolve: Resolve): Promise<readonly string[]> {
  const host = new URL(address).hostname.replace(/^\[(.*)\]$/, '$1');
  if (/^[\d.]+$|:/.test(host)) return [host];
  return resolve(host).catch(() => []);
}

/** Warned of so many days before a certificate ends. */
const soonDays = 14;

type Presented = { readonly error: string | undefined; readonly names: string; readonly endsMs: number };

function judgeCertificate(link: URL, { error, names, endsMs }: Presented): Verdict {
  const days = Math.floor((endsMs - Date.now()) / 86_400_000);
  const wildcard = `*${link.hostname.slice(link.hostname.indexOf('.'))}`;
  if (error === 'CERT_HAS_EXPIRED' || days < 0) return problem(`it ended on ${dayOf(endsMs)}`, 'renew it');
  if (error === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return problem(`it is for ${names}, not for ${wildcard}`, `give the ingress controller a certificate for ${wildcard}`);
  if (error !== undefined)
    return problem(
      `nobody known has signed it (${error})`,
      'take one that browsers trust; where yours trust your own authority, name its file by NODE_EXTRA_CA_CERTS here',
    );
  const says = `for ${wildcard}, ${days} days left`;
  return days < soonDays ? warning(says, 'see that it is renewed') : ok(says);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Shakes hands and hangs up; whatever the certificate is worth, it is looked at. */
function presented(link: URL, address: string, { signal, withinMs }: Within): Promise<Presented> {
  const { promise, resolve, reject } = Promise.withResolvers<Presented>();
  const port = link.port === '' ? 443 : Number(link.port);
  const socket = connect({ host: address, port, servername: link.hostname, rejectUnauthorized: false });
  const end = (): void => void socket.destroy();
  signal.addEventListener('abort', end, { once: true });
  socket.setTimeout(withinMs, () => {
    reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    end();
  });
  socket.once('error', reject);
  socket.once('secureConnect', () => {
    const certificate = socket.getPeerCertificate();
    const why: unknown = socket.authorizationError;
    resolve({
      error: socket.authorized ? undefined : why instanceof Error ? why.message : String(why),
      names: (certificate.subjectaltname ?? '').replaceAll('DNS:', ''),
      endsMs: Date.parse(certificate.valid_to),
    });
    end();
  });
  return promise;
}

/** Asks for the link of a host that nobody has, at the address that the DNS gave. */
async function askLink(link: URL, address: string, { signal, withinMs }: Within): Promise<number> {
  const lookup: LookupFunction = (_host, options, callback) => {
    const family = address.includes(':') ? 6 : 4;
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  // What the certificate is worth is another check's to say.
  const agent = new Agent({ connect: { lookup, rejectUnauthorized: false, timeout: withinMs } });
  try {
    const { statusCode, body } = await request(link, { dispatcher: agent, signal, headers: { 'user-agent': 'avant-doctor' } });
    await body.dump({ limit: 64 * 1024 });
    return statusCode;
  } finally {
    await agent.destroy();
  }
}

function judgeLink(status: number): Verdict {
  return status === 404
    ? ok('a host that nobody has answers 404')
    : problem(`a host that nobody has answers ${status}, not 404`, 'see what answers there: a load balancer without the controller behind it, a default backend, another route for every host');
}

/** Asks the door of a cluster for a host that nobody has. */
export function doorCheck(cluster: string, door: DoorSettings, domain: string, withinMs: number): Check {
  const mend = `see that the ingress controller’s pods run and are ready (kubectl get pods -n ITS-NAMESPACE); if they are, set ${cluster === 'home' ? 'door' : `clusters.${cluster}.door`}.address of avant.yaml to where the ingress controller is reached from here`;
  return {
    name: `door ${cluster}`,
    needs: [],
    otherwise: mend,
    run: async () => {
      const ways = openDoorways({ [cluster]: door }, { atOnce: 1, timeoutMs: withinMs });
      const { promise, resolve } = Promise.withResolvers<DoorAnswer>();
      const host = `${randomHost()}.${domain}`;
      try {
        await ways.ask({ cluster, host, path: '/', marker: 'avant-doctor', version: '' }, resolve);
        return judgeDoor(await promise, door.address, mend);
      } finally {
        await ways.close();
      }
    },
  };
}

function judgeDoor(answer: DoorAnswer, address: string, mend: string): Verdict {
  if (answer.kind === 'none') return problem(`${address} does not answer (${answer.why})`, mend);
  const { kind, status } = answer;
  if (kind === 'door' && (status === 404 || status < 400)) return ok(`${address} answers ${status} to a host that nobody has`);
  return problem(
    `${address} answers ${status} to a host that nobody has, not 404`,
    'see whether that is the ingress controller: something else answers every host',
  );
}
