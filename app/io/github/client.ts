import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { Agent } from 'undici';
import * as z from 'zod';
import type { Clock, Log } from '../../core/ports.ts';
import { messageIn, refusalOf, saysNotFound, shaped } from './answer.ts';
import { cappedFetch } from './capped-fetch.ts';
import { openGate, type Gate, type Resource } from './limits.ts';

export type GitHubOptions = {
  readonly appId: number;
  /** PEM, as GitHub gives it. */
  readonly privateKey: string;
  /** GHE_HOST: host, and port if any, of a GitHub Enterprise Server. */
  readonly host?: string | undefined;
  /** GHE_PROTOCOL; `https` unless told. */
  readonly protocol?: string | undefined;
  /** How long a call may take, in milliseconds; ten seconds unless told. */
  readonly timeoutMs?: number | undefined;
  /** How many bytes an answer may have; 20 MiB unless told. */
  readonly mostAnswerBytes?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * GitHub's API as the App and as its installations. The clients have neither Probot's throttle (it spaces reads by a
 * second) nor its retries (the queue's job). A rate limit throws a NotYetError, and until its time is over nothing more
 * is asked; a token that was revoked is minted again once.
 */
export type GitHubClients = {
  readonly appId: number;
  readonly baseUrl: string;
  readonly graphqlUrl: string;
  readonly clock: Clock;
  readonly app: Octokit;
  installation(id: number): Octokit;
  /**
   * Makes the installation a new token: one has the permissions that were granted when it was made, for the hour that it lives.
   * Returns whether it did, which is once in ten seconds at most.
   */
  renew(id: number): Promise<boolean>;
  /** The App's name in addresses and, with `[bot]` behind it, its login; asked for once. */
  appSlug(): Promise<string>;
  /** Lets go of every connection. */
  close(): Promise<void>;
};

/** The installation is gone or suspended, says GitHub. `date` is its clock, as an HTTP date. */
export class InstallationUnreachable extends Error {
  override readonly name = 'InstallationUnreachable';
  readonly date: unknown;
  constructor(message: string, date: unknown, options: ErrorOptions) {
    super(message, options);
    this.date = date;
  }
}

/** Larger than GitHub's largest list of files ("Get a tree" on docs.github.com: 7 MB). */
const mostBytes = 20 * 1024 * 1024;

/** Opens the clients; nothing is asked of GitHub before the first call. */
export function openGitHub(options: GitHubOptions): GitHubClients {
  const { appId, privateKey, host, protocol = 'https', timeoutMs = 10_000, clock, log } = options;
  const baseUrl = host === undefined ? 'https://api.github.com' : `${protocol}://${host}/api/v3`;
  const graphqlUrl = `${baseUrl.replace(/\/v3$/, '')}/graphql`;
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  const common = {
    baseUrl,
    userAgent: 'avant',
    request: { fetch: cappedFetch(agent, options.mostAnswerBytes ?? mostBytes), log: quietLog(log) },
    log: quietLog(log),
  };
  const app = new Octokit({ ...common, authStrategy: createAppAuth, auth: { appId, privateKey } });
  guard(app, { gate: openGate('the App', clock), graphqlUrl, timeoutMs });
  const installations = new Map<number, Octokit>();
  const renewedMs = new Map<number, number>();
  let slug: Promise<string> | undefined;
  return {
    appId,
    baseUrl,
    graphqlUrl,
    clock,
    app,
    installation(id) {
      const known = installations.get(id);
      if (known) return known;
      const octokit = new Octokit(common);
      const gate = openGate(`installation ${id}`, clock);
      guard(octokit, { gate, graphqlUrl, timeoutMs, token: (failed) => tokenFor(app, id, failed) });
      installations.set(id, octokit);
      return octokit;
    },
    async renew(id) {
      const now = clock.monotonicMs();
      if (now - (renewedMs.get(id) ?? -Infinity) < renewalMs) return false;
      renewedMs.set(id, now);
      await mint(app, id, true);
      return true;
    },
    appSlug() {
      slug ??= readSlug(app).catch((error: unknown) => {
        slug = undefined;
        throw error;
      });
      return slug;
    },
    close: () => agent.destroy(),
  };
}

/** Puts gate, deadline and, for an installation, its token around every call of a client. */
function guard(
  octokit: Octokit,
  by: { gate: Gate; graphqlUrl: string; timeoutMs: number; token?: (failed: string | undefined) => Promise<string> },
): void {
  octokit.hook.wrap('request', async (request, options) => {
    const resource: Resource = options.url === by.graphqlUrl ? 'graphql' : 'core';
    const send = async (token: string | undefined) => {
      if (token !== undefined) options.headers.authorization = `token ${token}`;
      options.request = { ...options.request, signal: AbortSignal.timeout(by.timeoutMs) };
      try {
        const response = await request(options);
        const limit = by.gate.judge(resource, response);
        if (limit) throw limit;
        return response;
      } catch (error) {
        const refusal = refusalOf(error);
        throw (refusal && by.gate.judge(resource, refusal)) ?? suspensionIn(error) ?? error;
      }
    };
    by.gate.check(resource);
    const token = await by.token?.(undefined);
    try {
      return await send(token);
    } catch (error) {
      // Refused before anything was done, so that a write, too, may be sent again.
      if (by.token === undefined || refusalOf(error)?.status !== 401) throw error;
      return send(await by.token(token));
    }
  });
}

/** Returns a token, kept for 59 minutes; never the one that failed. */
async function tokenFor(app: Octokit, installationId: number, failed: string | undefined): Promise<string> {
  const token = await mint(app, installationId, false);
  return token === failed ? mint(app, installationId, true) : token;
}

/** How soon after a token was renewed it is worth another, in milliseconds. */
const renewalMs = 10_000;

async function mint(app: Octokit, installationId: number, refresh: boolean): Promise<string> {
  try {
    const made = await app.auth({ type: 'installation', installationId, refresh });
    return shaped(z.object({ token: z.string().min(1) }), made, 'installation token').token;
  } catch (error) {
    if (!saysNotFound(error)) throw error;
    const message = `GitHub has no installation ${installationId}`;
    throw new InstallationUnreachable(message, refusalOf(error)?.headers['date'], { cause: error });
  }
}

/** A suspended installation is given no token, and one that it still has is refused, both by 403. */
function suspensionIn(error: unknown): InstallationUnreachable | undefined {
  const refusal = refusalOf(error);
  if (refusal?.status !== 403 || !/suspended/i.test(messageIn(refusal.data) ?? '')) return undefined;
  return new InstallationUnreachable('The installation is suspended', refusal.headers['date'], { cause: error });
}

async function readSlug(app: Octokit): Promise<string> {
  const { data } = await app.rest.apps.getAuthenticated();
  return shaped(z.object({ slug: z.string().min(1) }), data, 'GET /app').slug;
}

/** Octokit's own lines name only method, path and status; what it logs as debug holds the token. */
function quietLog(log: Log) {
  const debug = (message: string) => {
    log.debug({}, `GitHub: ${message}`);
  };
  return { debug: () => undefined, info: debug, warn: debug, error: debug };
}
