import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { notFound, Refusal } from '../refusal.ts';
import { nodeId } from './ids.ts';
import { createInstallation, unsupportedEvents } from './installations.ts';
import type { Account, AppManifest, Installation, RegisteredApp, State } from './model.ts';
import { changed } from './state.ts';

// How an App is registered from a manifest: docs.github.com, "Registering a GitHub App from a manifest"
// (content/apps/sharing-github-apps/registering-a-github-app-from-a-manifest.md of github/docs). A person posts the manifest,
// names the App and presses a button; a code comes back, which is exchanged once, within an hour.

/** "You must complete all three steps in the GitHub App Manifest flow within one hour." */
const codeLifeMs = 3_600_000;

/** "The name cannot be longer than 34 characters" (docs.github.com, "Registering a GitHub App"). */
const longestName = 34;

const address = z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));

/** The parameters that the page documents. */
const manifestSchema = z.object({
  name: z.string().optional(),
  url: address,
  hook_attributes: z.object({ url: address, active: z.boolean().default(true) }).optional(),
  redirect_url: address.optional(),
  description: z.string().default(''),
  public: z.boolean().default(false),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])).default({}),
  default_events: z.array(z.string()).default([]),
});

/** What GitHub's page says of a manifest that it does not take; the details are a line each. */
function refused(details: readonly string[]): Refusal {
  const message =
    'Invalid GitHub App configuration. The configuration does not appear to be a valid GitHub App manifest';
  return new Refusal(
    422,
    message,
    details.map((detail) => ({ code: 'custom', message: `Error ${detail}` })),
  );
}

/**
 * Reads the text that was posted as `manifest`. Throws a 422 as GitHub does. Unlike github.com, and like a GitHub in one's own
 * network, it takes webhook addresses that are not public.
 */
export function readManifest(text: string, known: readonly string[]): AppManifest {
  const parsed = manifestSchema.safeParse(jsonIn(text));
  if (!parsed.success) {
    throw refused(
      parsed.error.issues.map(({ path, message }) => {
        const field = String(path.at(-1) ?? 'manifest');
        return field === 'url' ? '"url" wasn\'t supplied.' : `${path.join('.') || field}: ${message}`;
      }),
    );
  }
  const { name, url, description, redirect_url: redirectUrl } = parsed.data;
  const { hook_attributes: hook, default_permissions: permissions, default_events: events } = parsed.data;
  // GitHub refuses those that come unasked too.
  const unknown = events.filter((event) => !known.includes(event));
  if (unknown.length > 0) throw refused([`Default events unsupported: ${unknown.join(', ')}`]);
  const unsupported = unsupportedEvents(permissions, events);
  if (unsupported.length > 0)
    throw refused([`Default events are not supported by permissions: ${unsupported.join(', ')}`]);
  return { name, url, description, redirectUrl, hook, public: parsed.data.public, permissions, events };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The name as it stands in addresses. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/**
 * Keeps what a person agreed to; returns the code that is exchanged for it. Throws a 422 for a name that is taken, too long or
 * none.
 */
export function proposeApp(state: State, owner: Account, name: string, manifest: AppManifest): string {
  const slug = slugOf(name);
  if (slug === '') throw new Refusal(422, 'Name can’t be blank');
  if (Array.from(name).length > longestName)
    throw new Refusal(422, `Name is too long (maximum is ${longestName} characters)`);
  const account = state.accounts.get(slug);
  const taken =
    [state.app.identity, ...state.otherApps.values(), ...[...state.registered.values()].map((one) => one.identity)].some(
      (one) => one.slug === slug,
    ) ||
    (account !== undefined && account !== owner);
  if (taken) throw new Refusal(422, 'Name has already been taken');
  const code = randomBytes(20).toString('hex');
  state.manifestCodes.set(code, { owner, name, slug, manifest, until: state.now().getTime() + codeLifeMs });
  return code;
}

/** Registers the App behind a code. Throws a 404 for one that is unknown, used or too old. */
export function convertCode(state: State, code: string): RegisteredApp {
  const proposed = state.manifestCodes.get(code);
  state.manifestCodes.delete(code);
  if (!proposed || proposed.until < state.now().getTime()) throw notFound();
  const { owner, name, slug, manifest } = proposed;
  const id = state.nextId('app');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    // GitHub's keys are "RSA PRIVATE KEY".
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const app: RegisteredApp = {
    identity: { kind: 'App', id, nodeId: nodeId('A', id), slug, name },
    owner,
    manifest,
    publicKey,
    privateKey,
    clientId: `Iv1.${randomBytes(8).toString('hex')}`,
    clientSecret: randomBytes(20).toString('hex'),
    // It comes with the webhook.
    webhookSecret: manifest.hook ? randomBytes(20).toString('hex') : null,
    createdAt: state.now(),
  };
  state.registered.set(id, app);
  changed(state);
  return app;
}

/**
 * Installs a registered App. This GitHub acts for one App at a time: the first installation makes it that App, and throws a 422
 * while there are installations of another. One that is not public goes to its owner's account only.
 */
export function installRegistered(state: State, app: RegisteredApp, login: string, by: string): Installation {
  const account = state.accounts.get(login.toLowerCase());
  if (!account || (!app.manifest.public && account !== app.owner)) throw notFound();
  if (state.app.identity !== app.identity) {
    if (state.installations.size > 0) {
      const message = `This sandbox acts for one App at a time, and ${state.app.identity.slug} is installed: take it away first.`;
      throw new Refusal(422, message);
    }
    actFor(state, app);
  }
  return createInstallation(state, account.login, { by, kind: account.kind });
}

/** From now on events are announced to this App, and what an installation does is done by it. */
function actFor(state: State, { identity, owner, manifest, webhookSecret, publicKey, createdAt }: RegisteredApp): void {
  const { permissions, events, hook } = manifest;
  Object.assign(state.app, { identity, owner, permissions: { ...permissions }, events: [...events], publicKey, createdAt });
  Object.assign(state.app.webhook, { url: hook?.active === true ? hook.url : '', secret: webhookSecret ?? '' });
  state.nodes.set(identity.nodeId, identity);
}
