import type { Account, Installation, PullRequest, Repository } from '../world/model.ts';
import { missingPermissions } from '../world/installations.ts';
import { fullName } from '../world/repositories.ts';
import { notFound } from '../refusal.ts';
import { html, type Html } from './html.ts';
import { accountTag, act, avatarTag, labelTag, repositoryPath, timeTag, type Page, type PageCall } from './layout.ts';
import { stateWord } from './pull.ts';

/** All repositories and their open pull requests. */
export function homePage(call: PageCall): Page {
  const repositories = call.world.repositories();
  const pulls = repositories
    .flatMap((one) => [...one.pulls.values()])
    .sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime());
  const open = pulls.filter((pull) => pull.state === 'open');
  const shown = open.slice(0, 100);
  return {
    title: 'Home',
    body: html`<h1>Sandbox GitHub</h1>
<p class="soft">A GitHub for trying things out. It lives in memory, anybody may act as anybody here, and a restart forgets it all.</p>
<h2>Open pull requests</h2><section class="card"><div class="rows" id="pulls" data-live>${
      shown.length === 0 ? html`<p class="soft">None is open.</p>` : shown.map((pull) => pullRow(pull, true))
    }</div></section>${open.length > shown.length && html`<p class="soft">and ${open.length - shown.length} more, on their repositories' pages</p>`}
<h2>Repositories</h2><section class="card"><div class="rows" id="repositories" data-live>${repositories.map((one) => repositoryRow(one))}</div></section>`,
  };
}

/** One pull request in a list. */
export function pullRow(pull: PullRequest, withRepository: boolean): Html {
  const path = `${repositoryPath(pull.repository)}/pull/${pull.number}`;
  const name = withRepository ? fullName(pull.repository) : '';
  return html`<div><span class="badge ${stateWord(pull)}">${stateWord(pull)}</span><div class="grow">
<p><a href="${path}"><b>${pull.title}</b></a> ${pull.labels.map((label) => labelTag(label))}</p>
<p class="soft small">${name}#${pull.number} by ${pull.author.login}, changed ${timeTag(pull.updatedAt)}</p></div></div>`;
}

function repositoryRow(repository: Repository): Html {
  const open = [...repository.pulls.values()].filter((pull) => pull.state === 'open').length;
  return html`<div><div class="grow"><p><a href="${repositoryPath(repository)}"><b>${fullName(repository)}</b></a>
<span class="soft small">${repository.private ? 'private' : 'public'}${repository.parent && ` · fork of ${fullName(repository.parent)}`}</span></p>
<p class="soft small">${repository.description}</p></div><span class="soft small">${open} open</span></div>`;
}

/** An account and its repositories. */
export function accountPage(call: PageCall, account: Account): Page {
  const theirs = call.world.repositories().filter((one) => one.owner === account);
  return {
    title: account.login,
    body: html`<h1>${avatarTag(call.world.state, account)} ${account.login}</h1>
<p class="soft">${account.kind === 'Organization' ? 'An organization' : 'A person'}, here since ${timeTag(account.createdAt)}.</p>
<h2>Repositories</h2><section class="card"><div class="rows">${
      theirs.length === 0 ? html`<p class="soft">None.</p>` : theirs.map((one) => repositoryRow(one))
    }</div></section>`,
  };
}

/** The App: what it may do and where it is installed. */
export function appPage(call: PageCall): Page {
  const { state } = call.world;
  const { slug } = state.app.identity;
  const installations = [...state.installations.values()].map(
    (
      one,
    ) => html`<div><div class="grow">${accountTag(state, one.account)} <span class="soft small">installation ${one.id},
${one.repositories === 'all' ? 'all repositories' : `${one.repositories.size} repositories`}</span></div>
${one.suspendedAt && html`<span class="badge closed">suspended</span>`}${asked(call, one)}</div>`,
  );
  const permissions = Object.entries(state.app.permissions).map(([name, level]) => html`<li>${name}: ${level}</li>`);
  return {
    title: slug,
    body: html`<h1>${slug}</h1><p class="soft">A GitHub App with id ${state.app.identity.id}. It acts here as <b>${slug}[bot]</b>.
<a href="/settings/apps/${slug}/deliveries">Its webhook deliveries</a></p>
<h2>Installed on</h2><section class="card"><div class="rows" id="installations" data-live>${
      installations.length === 0 ? html`<p class="soft">No account yet.</p>` : installations
    }</div></section>
<h2>Permissions</h2><ul>${permissions}</ul><h2>Events</h2><p>${state.app.events.join(', ')}, and those of installations</p>`,
  };
}

/** What the App asks for and the account has not granted yet, with the button that grants it. */
function asked(call: PageCall, installation: Installation): Html | false {
  const missing = missingPermissions(call.world.state, installation);
  if (missing.length === 0) return false;
  return html`<span class="soft small">asks for ${missing.join(', ')}</span><form method="post">${act('accept')}
<input type="hidden" name="installation" value="${installation.id}"><button id="accept-${installation.id}">Accept new permissions</button></form>`;
}

/** Does what the App's page asks; returns the address to go to. */
export function actOnApp(call: PageCall, form: URLSearchParams): string {
  const installation = call.world.state.installations.get(Number(form.get('installation')));
  if (form.get('act') !== 'accept' || !installation) throw notFound();
  call.world.acceptPermissions(installation, call.by);
  return call.url.pathname;
}
