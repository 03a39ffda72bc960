import type { ApiRequest } from '../api.ts';
import { Refusal, notFound } from '../refusal.ts';
import type { World } from '../world/world.ts';
import { findCheckRun } from '../world/checks.ts';
import { findRepository } from '../world/repositories.ts';
import { loginPattern } from '../world/state.ts';
import { compilePattern } from '../rest/route.ts';
import type { Delivery, DeliveryLog } from '../webhooks/deliveries.ts';
import type { RegisteredApp, Repository } from '../world/model.ts';
import { escapeHtml } from '../markdown/inline.ts';
import { deliveriesPage, deliveryPage } from './deliveriesPage.ts';
import { accountPage, actOnApp, appPage, homePage } from './home.ts';
import { html } from './html.ts';
import { documentOf, type Page, type PageCall } from './layout.ts';
import { pullPage } from './pull.ts';
import { actOnPull } from './pullForms.ts';
import { installApp, installPage, newAppPage, registerApp, registeredOf, registeredPage } from './registering.ts';
import {
  actOnLabels,
  actOnRepository,
  blobPage,
  changesPage,
  checkRunPage,
  commitPage,
  deploymentsPage,
  fileBytes,
  labelsPage,
  pullsPage,
  repositoryPage,
  treePage,
} from './repository.ts';
import { script } from './script.ts';
import { style } from './style.ts';

export type SiteParts = { world: World; deliveries: DeliveryLog; suggestedLabels: readonly string[] };

export type SiteAnswer = { status: number; headers: Record<string, string>; body: Buffer };

type Params = Record<string, string>;
type View = (call: PageCall, params: Params) => Page | SiteAnswer;
/** What a form did: the address to go to, or a page. */
type Act = (call: PageCall, params: Params, form: URLSearchParams) => string | Page | SiteAnswer;
type SiteRoute = { matches: ReturnType<typeof compilePattern>; view: View; act?: Act };

/** Nothing comes from elsewhere, and no text that got through can run. */
const policy = (formTo = ''): string =>
  `default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self' ${formTo}; base-uri 'none'; frame-ancestors 'none'`;

function asset(type: string, text: string): SiteAnswer {
  return {
    status: 200,
    headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' },
    body: Buffer.from(text),
  };
}

function page(pattern: string, view: View, act?: Act): SiteRoute {
  return { matches: compilePattern(pattern), view, ...(act ? { act } : {}) };
}

/** A page below `/owner/repo`. */
function inRepository(
  pattern: string,
  view: (call: PageCall, repository: Repository, params: Params) => Page | SiteAnswer,
  act?: (call: PageCall, repository: Repository, form: URLSearchParams, params: Params) => string,
): SiteRoute {
  return page(
    `/{owner}/{repo}${pattern}`,
    (call, params) => withRepository(call, params, (repository) => view(call, repository, params)),
    act && ((call, params, form) => withRepository(call, params, (repository) => act(call, repository, form, params))),
  );
}

/** Old names lead to the new one. */
function withRepository<Result>(
  call: PageCall,
  { owner, repo }: Params,
  then: (repository: Repository) => Result,
): Result | SiteAnswer {
  const repository = findRepository(call.world.state, `${owner}/${repo}`);
  if (!repository) throw notFound();
  const isNow = repository.name.toLowerCase() === repo?.toLowerCase();
  if (isNow) return then(repository);
  const rest = call.url.pathname.split('/').slice(3).join('/');
  return redirect(
    301,
    `/${repository.owner.login}/${repository.name}${rest === '' ? '' : `/${rest}`}${call.url.search}`,
  );
}

const rest = (params: Params): string => params['rest'] ?? '';

function deliveryOf(call: PageCall, id: string | undefined): Delivery {
  const found = call.deliveries.find(Number(id));
  if (!found) throw notFound();
  return found;
}

function ownApp(call: PageCall, params: Params): void {
  if (params['slug'] !== call.world.state.app.identity.slug) throw notFound();
}

function registered(call: PageCall, params: Params): RegisteredApp {
  const app = registeredOf(call, params['slug']);
  if (!app) throw notFound();
  return app;
}

const redeliver: Act = (call, params, form) => {
  ownApp(call, params);
  call.deliveries.redeliver(deliveryOf(call, form.get('id') ?? '').id);
  // To the list, where the new attempt shows.
  return `/settings/apps/${params['slug'] ?? ''}/deliveries`;
};

const routes: readonly SiteRoute[] = [
  page('/', homePage),
  page('/assets/style.css', () => asset('text/css', style)),
  page('/assets/page.js', () => asset('text/javascript', script)),
  page('/avatars/{login}.svg', (_call, params) => asset('image/svg+xml', avatar(params['login'] ?? ''))),
  page('/session', homePage, signIn),
  page('/settings/apps/new', newAppPage, (call, _params, form) => registerApp(call, form)),
  page('/organizations/{org}/settings/apps/new', newAppPage, (call, params, form) =>
    registerApp(call, form, params['org']),
  ),
  page(
    '/apps/{slug}/installations/new',
    (call, params) => installPage(call, registered(call, params)),
    (call, params, form) => installApp(call, registered(call, params), form),
  ),
  page(
    '/apps/{slug}',
    (call, params) => {
      const other = registeredOf(call, params['slug']);
      if (other && other.identity !== call.world.state.app.identity) return registeredPage(other);
      ownApp(call, params);
      return appPage(call);
    },
    (call, params, form) => {
      ownApp(call, params);
      return actOnApp(call, form);
    },
  ),
  page('/settings/installations/{id}', (call) => redirect(302, `/apps/${call.world.state.app.identity.slug}`)),
  page(
    '/settings/apps/{slug}/deliveries',
    (call, params) => {
      ownApp(call, params);
      return deliveriesPage(call);
    },
    redeliver,
  ),
  page(
    '/settings/apps/{slug}/deliveries/{id}',
    (call, params) => {
      ownApp(call, params);
      return deliveryPage(call, deliveryOf(call, params['id']));
    },
    redeliver,
  ),
  page('/{login}', (call, params) => {
    const account = call.world.state.accounts.get((params['login'] ?? '').toLowerCase());
    if (!account || account.kind === 'Bot') throw notFound();
    return accountPage(call, account);
  }),
  inRepository('', repositoryPage, actOnRepository),
  inRepository('/pulls', pullsPage),
  inRepository('/labels', labelsPage, actOnLabels),
  inRepository('/labels/{rest...}', labelsPage, actOnLabels),
  inRepository('/deployments', deploymentsPage),
  inRepository(
    '/pull/{number}',
    (call, repository, params) => pullPage(call, call.world.pullRequest(repository, Number(params['number']))),
    (call, repository, form, params) =>
      actOnPull(call, call.world.pullRequest(repository, Number(params['number'])), form),
  ),
  inRepository('/pull/{number}/files', (call, repository, params) =>
    changesPage(call, call.world.pullRequest(repository, Number(params['number']))),
  ),
  inRepository('/runs/{id}', (call, repository, params) => {
    const run = findCheckRun(repository, Number(params['id']));
    if (!run) throw notFound();
    return checkRunPage(call, run);
  }),
  inRepository('/commit/{rest...}', (call, repository, params) => commitPage(call, repository, rest(params))),
  inRepository('/tree/{rest...}', (call, repository, params) => treePage(call, repository, rest(params))),
  inRepository('/blob/{rest...}', (call, repository, params) => blobPage(call, repository, rest(params))),
  inRepository('/raw/{rest...}', (call, repository, params) => {
    const { bytes } = fileBytes(call, repository, rest(params));
    // As plain text whatever it is: a page from here would run as ours.
    return {
      status: 200,
      headers: { 'content-type': bytes.includes(0) ? 'application/octet-stream' : 'text/plain; charset=utf-8' },
      body: bytes,
    };
  }),
];

/** Answers a person's browser: a page, or what a form asked for and then the way back (303). */
export function answerPage(parts: SiteParts, request: ApiRequest): SiteAnswer {
  const { world, deliveries, suggestedLabels } = parts;
  const call: PageCall = {
    world,
    deliveries,
    suggestedLabels,
    by: loginOf(request),
    url: request.url,
    query: request.url.searchParams,
  };
  const headers = {
    'content-security-policy': policy(),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  };
  const answer = routed(call, request);
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

function routed(call: PageCall, request: ApiRequest): SiteAnswer {
  try {
    const [route, params] = findPage(request);
    if (request.method === 'POST') {
      if (!route.act) throw new Refusal(405, 'Nothing can be sent here.');
      const done = route.act(call, params, new URLSearchParams(request.body.toString('utf8')));
      if (typeof done === 'string') return redirect(303, done);
      return 'title' in done ? htmlAnswer(call, 200, done) : done;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'Pages are read by GET.');
    // With the world's birthday, as another start of the sandbox counts from nothing again.
    const etag = `"${call.world.state.app.createdAt.getTime()}-${call.world.state.version}-${encodeURIComponent(call.by)}"`;
    if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: Buffer.alloc(0) };
    const view = route.view(call, params);
    return 'title' in view ? htmlAnswer(call, 200, view, { etag }) : view;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return errorAnswer(call, error);
  }
}

function findPage(request: ApiRequest): [SiteRoute, Params] {
  for (const route of routes) {
    const params = route.matches(request.url.pathname);
    if (params) return [route, params];
  }
  throw notFound();
}

function htmlAnswer(call: PageCall, status: number, view: Page, headers: Record<string, string> = {}): SiteAnswer {
  const own = {
    'cache-control': 'no-cache',
    'content-type': 'text/html; charset=utf-8',
    ...(view.formTo === undefined ? {} : { 'content-security-policy': policy(view.formTo) }),
  };
  return { status, headers: { ...own, ...headers }, body: Buffer.from(documentOf(call, view)) };
}

function errorAnswer(call: PageCall, error: Refusal): SiteAnswer {
  const details = (error.errors ?? []).map(
    (one) => one.message ?? `${one.field ?? ''} ${one.code.replaceAll('_', ' ')}`.trim(),
  );
  const text =
    error.status === 404 && error.message === 'Not Found'
      ? 'There is nothing at this address.'
      : [error.message, ...details].join(': ');
  const body = html`<h1>${error.status}</h1><p data-error>${text}</p><p><a href="${call.url.pathname}">Back</a> · <a href="/">Home</a></p>`;
  return htmlAnswer(call, error.status, { title: String(error.status), body });
}

function redirect(status: number, location: string): SiteAnswer {
  return { status, headers: { location }, body: Buffer.alloc(0) };
}

function loginOf(request: ApiRequest): string {
  const login = /(?:^|;\s*)login=([^;]*)/.exec(request.headers['cookie'] ?? '')?.[1] ?? '';
  return loginPattern.test(login) ? login : 'octocat';
}

/** Who the reader is: any login at all, kept in a cookie. */
function signIn(_call: PageCall, _params: Params, form: URLSearchParams): SiteAnswer {
  const login = form.get('login') ?? '';
  if (!loginPattern.test(login)) throw new Refusal(422, 'A login has letters, digits and single hyphens, at most 39.');
  const to = form.get('to') ?? '/';
  const answer = redirect(303, /^\/(?![/\\])/.test(to) ? to : '/');
  return { ...answer, headers: { ...answer.headers, 'set-cookie': `login=${login}; Path=/; SameSite=Lax; HttpOnly` } };
}

/** A picture made of the first letter and a colour of its own. */
function avatar(login: string): string {
  let hue = 0;
  for (const sign of login) hue = (hue * 31 + (sign.codePointAt(0) ?? 0)) % 360;
  const letter = escapeHtml(Array.from(login)[0]?.toUpperCase() ?? '?');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 45% 42%)"/>
<text x="20" y="27" font-family="sans-serif" font-size="20" text-anchor="middle" fill="#fff">${letter}</text></svg>`;
}
