import { notFound, Refusal } from '../refusal.ts';
import { subscribableEvents } from '../webhooks/payloads.ts';
import type { Account, AppManifest, RegisteredApp } from '../world/model.ts';
import { readManifest } from '../world/registrations.ts';
import { accountOf } from '../world/state.ts';
import { html } from './html.ts';
import { act, type Page, type PageCall } from './layout.ts';

/** Where Apps are registered by hand on GitHub; here a manifest has to be posted. */
export function newAppPage(): Page {
  return {
    title: 'Register new GitHub App',
    body: html`<h1>Register new GitHub App</h1><p class="soft">Here Apps are registered from a manifest, which is posted to this address.</p>`,
  };
}

/**
 * What is posted here: a manifest, which is answered by the page with the name and the button; and that button's form, which leads
 * back to the manifest's `redirect_url` with a code, and with the `state` as it came in the address.
 */
export function registerApp(call: PageCall, form: URLSearchParams, organization?: string): Page | string {
  const owner = ownerOf(call, organization);
  const text = form.get('manifest') ?? '';
  const manifest = readManifest(text, subscribableEvents);
  if (form.get('act') !== 'create') return namingPage(call, owner, manifest, text);
  const code = call.world.proposeApp(owner, (form.get('name') ?? '').trim(), manifest);
  if (manifest.redirectUrl === undefined) throw new Refusal(422, 'The manifest has no redirect_url to go to.');
  const back = new URL(manifest.redirectUrl);
  back.searchParams.set('code', code);
  const state = call.query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return back.href;
}

/** An organization has to be there already; without one the App will be the reader's own. */
function ownerOf(call: PageCall, organization: string | undefined): Account {
  if (organization === undefined) return accountOf(call.world.state, call.by);
  const account = call.world.state.accounts.get(organization.toLowerCase());
  if (account?.kind !== 'Organization') throw notFound();
  return account;
}

function namingPage(call: PageCall, owner: Account, manifest: AppManifest, text: string): Page {
  const permissions = Object.entries(manifest.permissions).map(([name, level]) => html`<li>${name}: ${level}</li>`);
  return {
    title: 'Register new GitHub App',
    // The button leads back to whoever sent the manifest.
    ...(manifest.redirectUrl === undefined ? {} : { formTo: new URL(manifest.redirectUrl).origin }),
    body: html`<h1>Create GitHub App for ${owner.login}</h1><p>${manifest.description}</p>
<form method="post" action="${call.url.pathname + call.url.search}" data-leave>${act('create')}<input type="hidden" name="manifest" value="${text}">
<label class="field" for="name">GitHub App name</label><input type="text" id="name" name="name" value="${manifest.name ?? ''}" required>
<div class="actions"><button class="main" id="create">Create GitHub App for ${owner.login}</button></div></form>
<h2>Permissions</h2><ul>${permissions}</ul><h2>Events</h2><p>${manifest.events.join(', ')}, and those of installations</p>
<h2>Webhook</h2><p>${manifest.hook?.url ?? 'None.'}</p>`,
  };
}

/** The registered App of this name; undefined for others, and for the App that the sandbox was started with. */
export function registeredOf(call: PageCall, slug: string | undefined): RegisteredApp | undefined {
  return [...call.world.state.registered.values()].find((one) => one.identity.slug === slug);
}

/** Where a registered App can be installed, and the button. */
export function installPage(call: PageCall, app: RegisteredApp): Page {
  const { state } = call.world;
  const installed = new Set([...state.installations.values()].map(({ account }) => account));
  const accounts = app.manifest.public ? [...state.accounts.values()].filter(({ kind }) => kind !== 'Bot') : [app.owner];
  const rows = accounts.map((one) =>
    installed.has(one) && state.app.identity === app.identity
      ? html`<div><div class="grow">${one.login}</div><span class="soft small">installed</span></div>`
      : html`<div><div class="grow">${one.login}</div><form method="post" data-leave>${act('install')}
<input type="hidden" name="account" value="${one.login}"><button id="install-${one.login}">Install</button></form></div>`,
  );
  return {
    title: `Install ${app.identity.name}`,
    body: html`<h1>Install ${app.identity.name}</h1><p class="soft">On all repositories of the account. This sandbox acts for one App at a time: the
first installation makes it this one.</p><section class="card"><div class="rows">${rows}</div></section>`,
  };
}

/** Does what that page asks; returns the address to go to. */
export function installApp(call: PageCall, app: RegisteredApp, form: URLSearchParams): string {
  if (form.get('act') !== 'install') throw notFound();
  const { id } = call.world.installRegistered(app, form.get('account') ?? '', call.by);
  return `/settings/installations/${id}`;
}

/** A registered App that this GitHub does not act for yet. */
export function registeredPage(app: RegisteredApp): Page {
  const { name, slug, id } = app.identity;
  return {
    title: name,
    body: html`<h1>${name}</h1><p class="soft">A GitHub App with id ${id}, of ${app.owner.login}. It is installed nowhere.</p>
<p><a class="button" href="/apps/${slug}/installations/new">Install</a></p>`,
  };
}
