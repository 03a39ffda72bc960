import { fetch } from 'undici';
import * as z from 'zod';
import type { CreatedApp } from '../../config/app-secret.ts';
import { secret } from '../../config/secret.ts';
import { messageOf } from '../../core/errors.ts';
import { messageIn, shaped } from '../github/answer.ts';

/** Where GitHub is: its pages, and its API. */
export type GitHubSite = { readonly web: string; readonly api: string };

/** Returns the addresses of GitHub, or of a GitHub Enterprise Server. */
export function siteOf({ host, protocol }: { readonly host: string | undefined; readonly protocol: string }): GitHubSite {
  return host === undefined
    ? { web: 'https://github.com', api: 'https://api.github.com' }
    : { web: `${protocol}://${host}`, api: `${protocol}://${host}/api/v3` };
}

const shape = z.object({
  id: z.int().positive(),
  slug: z.string().min(1),
  html_url: z.url(),
  pem: z.string().includes('PRIVATE KEY-----'),
  webhook_secret: z.string().min(1),
});

/** How long GitHub may take to make an App, in milliseconds. */
const patienceMs = 30_000;

/**
 * Exchanges the code for the App ("Create a GitHub App from a manifest", docs.github.com), which can be done once. Throws an Error
 * whose message says what to do; it has no secret in it.
 */
export async function convertCode(site: GitHubSite, code: string): Promise<CreatedApp> {
  const path = `/app-manifests/${encodeURIComponent(code)}/conversions`;
  const answer = await fetch(site.api + path, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'avant-setup' },
    signal: AbortSignal.timeout(patienceMs),
  })
    .then(async (response) => ({ status: response.status, body: jsonIn(await response.text()) }))
    .catch((error: unknown) => messageOf(error));
  const look = `look at ${site.web}/settings/apps whether the App is there; delete it, and run this again`;
  if (typeof answer === 'string') throw new Error(`GitHub’s answer did not come (${answer}): ${look}`);
  const { status, body } = answer;
  if (status !== 201) throw new Error(refusalOf(status, messageIn(body)));
  try {
    return appOf(body);
  } catch (error) {
    throw new Error(`${messageOf(error)}: ${look}`, { cause: undefined });
  }
}

function appOf(body: unknown): CreatedApp {
  const app = shaped(shape, body, 'POST /app-manifests/{code}/conversions');
  return {
    id: app.id,
    slug: app.slug,
    url: app.html_url,
    privateKey: secret(app.pem),
    webhookSecret: secret(app.webhook_secret),
  };
}

function refusalOf(status: number, message: string | undefined): string {
  if (status === 404 && message !== undefined)
    return 'GitHub does not know the code: it is good once, and for an hour. No App was made: run this again';
  return `GitHub refuses to make the App (${status}${message === undefined ? '' : `: ${message}`}): run this again later`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
