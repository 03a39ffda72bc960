import * as z from 'zod';
import { missingPermissions, type AppManifest } from '../../config/app-manifest.ts';
import { ok, problem, warning, type Verdict } from '../../core/diagnosis.ts';
import type { Clock } from '../../core/ports.ts';
import { shaped, messageIn, refusalOf } from '../github/answer.ts';
import type { GitHubClients } from '../github/client.ts';
import { once, type Check } from './checks.ts';

const account = z.object({ login: z.string(), type: z.string().optional() });
const levels = z.record(z.string(), z.string());
const appShape = z.object({
  id: z.int(),
  slug: z.string(),
  html_url: z.url(),
  owner: account.nullish(),
  permissions: levels,
  events: z.array(z.string()),
});
const installationsShape = z.array(
  z.object({
    id: z.int(),
    html_url: z.string(),
    account: account.nullish(),
    permissions: levels,
    suspended_at: z.string().nullish(),
  }),
);

type App = z.infer<typeof appShape>;
type Installation = z.infer<typeof installationsShape>[number];

/** GitHub accepts the App's own tokens for about a minute around their time. */
const mostSkewMs = 60_000;
const worthSayingMs = 10_000;

/** The App itself is what most of the rest needs. */
export const githubApp = 'GitHub App';

export type GitHubParts = {
  /** Called by checks that run, not before. */
  readonly clients: () => GitHubClients;
  /** What app.yml asks for. */
  readonly manifest: AppManifest;
  readonly clock: Clock;
};

/** Looks at the App: whether its id and key belong together, what it may do, where it is installed, and GitHub's clock. */
export function githubChecks({ clients, manifest, clock }: GitHubParts, needs: readonly string[]): Check[] {
  const app = once(() => readApp(clients(), clock));
  const installations = once(async () => {
    const { app: asApp } = clients();
    const all = await asApp.paginate(asApp.rest.apps.listInstallations, { per_page: 100 });
    return shaped(installationsShape, all, 'GET /app/installations');
  });
  const read = async (): Promise<App> => (await app()).app;
  const own = 'see whether GitHub is reached from here: GHE_HOST, a proxy, a firewall, githubstatus.com';
  const check = (name: string, run: Check['run']): Check => ({ name, needs: [...needs, githubApp], run, otherwise: own });
  return [
    { name: githubApp, needs, otherwise: own, run: () => judgeApp(app, clients()) },
    check('clock', async () => judgeClock((await app()).skewMs)),
    check('App permissions', async () => judgePermissions(await read(), manifest)),
    check('App events', async () => judgeEvents(await read(), manifest)),
    check('installations', async () => judgeInstallations(await read(), await installations())),
    check('granted permissions', async () => judgeGranted(await installations(), manifest)),
  ];
}

/** The App, and how far this machine's clock is ahead of GitHub's. */
async function readApp(clients: GitHubClients, clock: Clock): Promise<{ readonly app: App; readonly skewMs: number }> {
  const before = clock.now().getTime();
  const { data, headers } = await clients.app.rest.apps.getAuthenticated();
  const middle = (before + clock.now().getTime()) / 2;
  const app = shaped(appShape, data, 'GET /app');
  // The header has whole seconds, rounded down.
  const theirs = headers.date === undefined ? middle : Date.parse(headers.date) + 500;
  return { app, skewMs: Math.round(middle - theirs) };
}

async function judgeApp(read: () => Promise<{ readonly app: App }>, clients: GitHubClients): Promise<Verdict> {
  try {
    const { app } = await read();
    return ok(`${app.slug} (id ${app.id})${app.owner ? ` of ${app.owner.login}` : ''}, ${app.html_url}`);
  } catch (error) {
    const refusal = refusalOf(error);
    const said = refusal && messageIn(refusal.data);
    if (!refusal || said === undefined) throw error;
    const says = `GitHub refuses the App ${clients.appId} (${refusal.status}: ${said})`;
    if (/claim/.test(said))
      return problem(says, 'set this machine’s clock (NTP): the App’s tokens are good for minutes only');
    return [401, 404].includes(refusal.status)
      ? problem(
          says,
          'set APP_ID to the number on the App’s page, and PRIVATE_KEY to a key of that same App, on the GitHub that GHE_HOST names',
        )
      : problem(says, 'try again; see githubstatus.com');
  }
}

function judgeClock(skewMs: number): Verdict {
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const says = `this machine’s clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} GitHub’s`;
  const mend = 'set it by NTP: GitHub refuses tokens of another time';
  if (Math.abs(skewMs) > mostSkewMs) return problem(says, mend);
  return Math.abs(skewMs) > worthSayingMs ? warning(says, mend) : ok('this machine’s is GitHub’s');
}

/** Where the App's settings are: its owner's, a person's or an organization's. */
function settingsOf({ html_url: url, slug, owner }: App): string {
  const of = owner?.type === 'Organization' ? `/organizations/${owner.login}` : '';
  return `${new URL(url).origin}${of}/settings/apps/${slug}/permissions`;
}

function judgePermissions(app: App, { permissions }: AppManifest): Verdict {
  const missing = missingPermissions(permissions, app.permissions);
  if (missing.length > 0)
    return problem(`the App does not ask for ${missing.join(', ')}`, `add them at ${settingsOf(app)}`);
  const more = missingPermissions(app.permissions, permissions);
  return more.length > 0
    ? warning(`the App asks for more than Avant uses: ${more.join(', ')}`, `take them away at ${settingsOf(app)}`)
    : ok('what app.yml asks for');
}

function judgeEvents(app: App, { events }: AppManifest): Verdict {
  const missing = events.filter((event) => !app.events.includes(event));
  return missing.length > 0
    ? problem(
        `the App is not told of ${missing.join(', ')}`,
        `subscribe to them at ${settingsOf(app)}; until then Avant is only later`,
      )
    : ok('what app.yml asks for');
}

function judgeInstallations(app: App, all: readonly Installation[]): Verdict[] {
  if (all.length === 0)
    return [problem('the App is installed nowhere', `install it: ${app.html_url}/installations/new`)];
  const suspended = all.filter(({ suspended_at: since }) => typeof since === 'string');
  return [
    ok(`on ${inWords(all)}`),
    ...(suspended.length > 0
      ? [warning(`suspended on ${inWords(suspended)}`, `who suspended it can go on: ${linksOf(suspended)}`)]
      : []),
  ];
}

function judgeGranted(all: readonly Installation[], { permissions }: AppManifest): Verdict {
  const lacking = all.map((one) => ({ one, missing: missingPermissions(permissions, one.permissions) }));
  const behind = lacking.filter(({ missing }) => missing.length > 0);
  if (behind.length === 0) return ok(all.length === 0 ? 'nobody has been asked yet' : 'by every installation');
  const says = behind
    .slice(0, mostNamed)
    .map(({ one, missing }) => `${one.account?.login ?? one.id} has not granted ${missing.join(', ')}`);
  return problem(
    [...says, ...(behind.length > mostNamed ? [`nor have ${behind.length - mostNamed} others`] : [])].join('; '),
    `an owner accepts ("Review request"): ${linksOf(behind.map(({ one }) => one))}`,
  );
}

/** So many of a list are named in one line. */
const mostNamed = 5;

function inWords(some: readonly Installation[]): string {
  const names = some.slice(0, mostNamed).map(({ account: of, id }) => of?.login ?? String(id));
  return `${names.join(', ')}${some.length > mostNamed ? ` and ${some.length - mostNamed} more` : ''}`;
}

function linksOf(some: readonly Installation[]): string {
  return some
    .slice(0, mostNamed)
    .map(({ html_url: url }) => url)
    .join(' ');
}
