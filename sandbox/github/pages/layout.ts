import type { Account, Label, State } from '../world/model.ts';
import type { World } from '../world/world.ts';
import type { DeliveryLog } from '../webhooks/deliveries.ts';
import { accountUrl, avatarUrl } from '../shapes/account.ts';
import { renderMarkdown } from '../markdown/render.ts';
import { fullName } from '../world/repositories.ts';
import type { Repository } from '../world/model.ts';
import { html, trusted, type Html } from './html.ts';

/** What every page is given. */
export type PageCall = {
  world: World;
  deliveries: DeliveryLog;
  suggestedLabels: readonly string[];
  /** The login of who reads and acts, from a cookie. */
  by: string;
  url: URL;
  query: URLSearchParams;
};

/** A page's title and contents. */
export type Page = {
  title: string;
  body: Html;
  /** Another origin that a form of the page may lead to. */
  formTo?: string;
};

/** The whole document around a page. */
export function documentOf(call: PageCall, page: Page): string {
  const { slug } = call.world.state.app.identity;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Sandbox GitHub</title>
<link rel="stylesheet" href="/assets/style.css"><link rel="icon" href="/avatars/sandbox.svg">
<script src="/assets/page.js" defer></script>
</head>
<body>
<header class="top">
  <a class="brand" href="/">Sandbox GitHub</a>
  <nav><a href="/apps/${slug}">${slug}</a><a href="/settings/apps/${slug}/deliveries">Webhook deliveries</a></nav>
  <form method="post" action="/session" data-leave>
    <label for="login">You are</label>
    <input type="text" id="login" name="login" value="${call.by}" pattern="[A-Za-z0-9]([A-Za-z0-9\\-]{0,37}[A-Za-z0-9])?" required>
    <input type="hidden" name="to" value="${call.url.pathname}"><button>Change</button>
  </form>
</header>
<main>${page.body}</main>
<div class="notice" id="notice" role="alert"></div>
</body>
</html>
`.markup;
}

/** A time, as the browser will tell it: how long ago. */
export function timeTag(date: Date): Html {
  const iso = date.toISOString();
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** An account's picture and name. */
export function accountTag(state: State, account: Account): Html {
  return html`${avatarTag(state, account)} <a href="${onThisSite(state, accountUrl(state, account))}"><b>${account.login}</b></a>`;
}

/** An address without its origin, for whoever came by 127.0.0.1. */
function onThisSite(state: State, url: string): string {
  return url.replace(state.url, '');
}

/** An account's picture. */
export function avatarTag(state: State, account: Account): Html {
  return html`<img class="avatar ${account.kind === 'User' ? '' : 'square'}" src="${onThisSite(state, avatarUrl(state, account))}" alt="" width="22" height="22">`;
}

/** A label as it looks everywhere; `inside` may add a button. */
export function labelTag(label: Pick<Label, 'name' | 'color' | 'description'>, inside?: Html): Html {
  return html`<span class="label" style="--dot: #${label.color}" title="${label.description ?? ''}">${label.name}${inside}</span>`;
}

/** A hidden field that says what a form does. */
export function act(name: string): Html {
  return html`<input type="hidden" name="act" value="${name}">`;
}

/** Markdown as people see it; mentions lead to accounts, numbers to the repository's pull requests. */
export function markdownTag(world: World, repository: Repository, text: string): Html {
  const markup = renderMarkdown(text, {
    mention: (login) => (world.state.accounts.has(login.toLowerCase()) ? `/${login}` : undefined),
    reference: (number) => (repository.pulls.has(number) ? `/${fullName(repository)}/pull/${number}` : undefined),
  });
  return html`<div class="markdown">${trusted(markup)}</div>`;
}

/** `/owner/name`, the start of a repository's addresses. */
export function repositoryPath(repository: Repository): string {
  return `/${fullName(repository)}`;
}

/** A path of files or a branch name put into an address. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** The line above a repository's pages. */
export function repositoryHead(repository: Repository): Html {
  const base = repositoryPath(repository);
  return html`<p class="small"><a href="/${repository.owner.login}">${repository.owner.login}</a> /
<a href="${base}"><b>${repository.name}</b></a> <span class="soft">${repository.private ? 'private' : 'public'}${repository.archived ? ', archived' : ''}</span>
· <a href="${base}/pulls">Pull requests</a> · <a href="${base}/labels">Labels</a> · <a href="${base}/deployments">Deployments</a></p>`;
}
