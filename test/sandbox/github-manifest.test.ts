import assert from 'node:assert/strict';
import { createHmac, createPrivateKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { SandboxGitHub } from '../../sandbox/github/server.ts';
import { failure, page, send, thank } from './github-asking.ts';
import { asApp, receiver, started } from './github-started.ts';

const back = 'http://127.0.0.1:4000/created';
const manifest = {
  name: 'Our previews',
  url: 'https://example.com/',
  description: 'Makes links',
  hook_attributes: { url: 'http://127.0.0.1:4001/api/github/webhooks' },
  redirect_url: back,
  public: false,
  default_permissions: { metadata: 'read', pull_requests: 'write', issues: 'read' },
  default_events: ['pull_request', 'issue_comment'],
};

/** Posts the manifest as a page of ours would, reads the form that comes back, and presses its button. */
async function agreed(
  github: SandboxGitHub,
  { of = '/settings/apps/new?state=abc', name = 'Our previews', changes = {} }: { of?: string; name?: string; changes?: object },
): Promise<{ status: number; location: URL | undefined; html: string }> {
  const text = JSON.stringify({ ...manifest, ...changes });
  const asked = await send(github, of, { manifest: text }, 'login=ada');
  assert.equal(asked.status, 200, asked.html);
  assert.match(asked.html, /<button class="main" id="create">Create GitHub App for /);
  const { status, location, html } = await send(github, of, { act: 'create', manifest: text, name }, 'login=ada');
  return { status, location: location === null ? undefined : new URL(location), html };
}

type Converted = {
  id: number;
  slug: string;
  name: string;
  owner: { login: string };
  html_url: string;
  client_id: string;
  client_secret: string;
  webhook_secret: string;
  pem: string;
  permissions: Record<string, string>;
  events: string[];
};

async function convert(github: SandboxGitHub, code: string): Promise<{ status: number; body: Converted }> {
  const answer = await fetch(`${github.url}/api/v3/app-manifests/${code}/conversions`, { method: 'POST' });
  return { status: answer.status, body: (await answer.json()) as Converted };
}

async function registered(github: SandboxGitHub, options: Parameters<typeof agreed>[1] = {}): Promise<Converted> {
  const { location } = await agreed(github, options);
  const { status, body } = await convert(github, location?.searchParams.get('code') ?? '');
  assert.equal(status, 201);
  return body;
}

const clientOf = (github: SandboxGitHub, { id, pem }: Converted): Octokit => {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  return new Octokit({
    baseUrl: `${github.url}/api/v3`,
    log: quiet,
    authStrategy: createAppAuth,
    auth: { appId: id, privateKey: pem },
  });
};

describe('an App from a manifest', () => {
  test('is named by a person, comes back as a code with the state, and is what the manifest says', async () => {
    const github = await started();
    const { status, location } = await agreed(github, { name: 'Our Prévïews' });
    assert.deepEqual([status, location?.origin, location?.pathname], [303, 'http://127.0.0.1:4000', '/created']);
    assert.equal(location?.searchParams.get('state'), 'abc');
    const code = location.searchParams.get('code') ?? '';
    assert.match(code, /^[0-9a-f]{40}$/);
    const { status: made, body } = await convert(github, code);
    assert.equal(made, 201);
    assert.deepEqual(
      [body.name, body.slug, body.owner.login, body.permissions, body.events],
      ['Our Prévïews', 'our-pre-vi-ews', 'ada', manifest.default_permissions, manifest.default_events],
    );
    assert.equal(body.html_url, `${github.url}/apps/our-pre-vi-ews`);
    assert.match(body.pem, /^-----BEGIN RSA PRIVATE KEY-----\n/);
    assert.equal(createPrivateKey(body.pem).asymmetricKeyDetails?.modulusLength, 2048);
    assert.match(body.webhook_secret, /^[0-9a-f]{40}$/);
    assert.match(body.client_id, /^Iv1\.[0-9a-f]{16}$/);
  });

  test('is given for a code once, and within an hour', async () => {
    let now = Date.now();
    const github = await started({ now: () => new Date(now) });
    const { location } = await agreed(github, {});
    const code = location?.searchParams.get('code') ?? '';
    assert.equal((await convert(github, code)).status, 201);
    assert.equal((await convert(github, code)).status, 404);
    assert.equal((await convert(github, 'f'.repeat(40))).status, 404);
    const late = await agreed(github, { name: 'Late' });
    now += 3_600_001;
    assert.equal((await convert(github, late.location?.searchParams.get('code') ?? '')).status, 404);
    assert.equal(github.world.state.registered.size, 1);
  });

  test("belongs to the organization of the address, which has to be there", async () => {
    const github = await started();
    github.world.createRepository({ owner: 'm6', name: 'foo', files: {} });
    github.world.createInstallation('bar');
    const app = await registered(github, { of: '/organizations/bar/settings/apps/new?state=x' });
    assert.equal(app.owner.login, 'bar');
    const nobody = await send(github, '/organizations/nobody/settings/apps/new', { manifest: JSON.stringify(manifest) });
    assert.equal(nobody.status, 404);
  });

  test('is refused with what is wrong with the manifest or the name', async () => {
    const github = await started();
    const cases: readonly (readonly [object | string, RegExp])[] = [
      ['{', /Invalid GitHub App configuration/],
      [{ ...manifest, url: undefined }, /Error (&#34;|&quot;)url(&#34;|&quot;) wasn(&#39;|')t supplied\./],
      [{ ...manifest, hook_attributes: { active: false } }, /url(&#34;|&quot;) wasn(&#39;|')t supplied/],
      [{ ...manifest, default_events: ['installation'] }, /Default events unsupported: installation/],
      [
        { ...manifest, default_permissions: { metadata: 'read' } },
        /Default events are not supported by permissions: pull_request, issue_comment/,
      ],
    ];
    for (const [wrong, message] of cases) {
      const text = typeof wrong === 'string' ? wrong : JSON.stringify(wrong);
      const answer = await send(github, '/settings/apps/new', { manifest: text });
      assert.equal(answer.status, 422, text);
      assert.match(answer.html, message, text);
    }
    github.world.createRepository({ owner: 'bob', name: 'foo', files: {} });
    for (const [name, message] of [
      ['', /blank/],
      ['x'.repeat(35), /too long \(maximum is 34 characters\)/],
      ['Avant', /Name has already been taken/],
      ['bob', /Name has already been taken/],
    ] as const) {
      const { status, html } = await agreed(github, { name });
      assert.equal(status, 422, name);
      assert.match(html, message);
    }
    assert.equal(github.world.state.manifestCodes.size, 0);
  });

  test('may be led back to from its page, and from no other', async () => {
    const github = await started();
    const answer = await fetch(`${github.url}/settings/apps/new`, {
      method: 'POST',
      body: new URLSearchParams({ manifest: JSON.stringify({ ...manifest, description: '<b>"' }) }),
    });
    assert.match(answer.headers.get('content-security-policy') ?? '', /form-action 'self' http:\/\/127\.0\.0\.1:4000;/);
    assert.ok(!(await answer.text()).includes('<b>"'));
    const other = await page(github, '/settings/apps/new');
    assert.doesNotMatch(other.headers.get('content-security-policy') ?? '', /4000/);
  });

  test('can ask about itself, and is installed nowhere', async () => {
    const github = await started();
    const made = await registered(github);
    const client = clientOf(github, made);
    const { data } = await client.rest.apps.getAuthenticated();
    assert.deepEqual([data?.id, data?.slug, data?.description], [made.id, 'our-previews', 'Makes links']);
    assert.deepEqual((await client.rest.apps.getWebhookConfigForApp()).data, {
      content_type: 'json',
      insecure_ssl: '0',
      secret: '********',
      url: manifest.hook_attributes.url,
    });
    assert.deepEqual((await client.rest.apps.listInstallations()).data, []);
    assert.deepEqual((await client.rest.apps.listWebhookDeliveries()).data, []);
    const { status } = await failure(client.rest.apps.getInstallation({ installation_id: 1 }));
    assert.equal(status, 404);
  });

  test('its key is its own', async () => {
    const github = await started();
    const made = await registered(github);
    const { pem } = await registered(github, { name: 'Another' });
    assert.equal((await failure(clientOf(github, { ...made, pem }).rest.apps.getAuthenticated())).status, 401);
  });

  test('takes over with its first installation: events go to its webhook, signed with its secret', async () => {
    const github = await started();
    const { url, got } = await receiver(thank);
    github.world.createRepository({ owner: 'ada', name: 'foo', files: { 'a.txt': 'a' } });
    const made = await registered(github, { changes: { hook_attributes: { url } } });
    const strangers = await send(github, '/apps/our-previews/installations/new', { act: 'install', account: 'bob' });
    assert.equal(strangers.status, 404, 'it is private');
    const { status, location } = await send(
      github,
      '/apps/our-previews/installations/new',
      { act: 'install', account: 'ada' },
      'login=ada',
    );
    assert.equal(status, 303);
    assert.match(location ?? '', /^\/settings\/installations\/\d+$/);
    await github.deliveries.settled();
    assert.deepEqual(
      got.map(({ headers }) => [headers['x-github-event'], headers['x-github-hook-installation-target-id']]),
      [['installation', String(made.id)]],
    );
    const [first] = got;
    assert.equal(
      first?.headers['x-hub-signature-256'],
      `sha256=${createHmac('sha256', made.webhook_secret).update(first?.body ?? '').digest('hex')}`,
    );
    const client = clientOf(github, made);
    assert.equal((await client.rest.apps.listInstallations()).data[0]?.app_slug, 'our-previews');
    assert.equal((await client.rest.apps.listWebhookDeliveries()).data.length, 1);
    // The one that the sandbox was started with is no App here any more.
    assert.equal((await failure(asApp(github).rest.apps.getAuthenticated())).status, 404);
  });

  test('cannot take over from an App that is installed', async () => {
    const github = await started();
    github.world.createInstallation('m6');
    await registered(github);
    const { status, html } = await send(github, '/apps/our-previews/installations/new', { act: 'install', account: 'ada' });
    assert.equal(status, 422);
    assert.match(html, /avant is installed: take it away first/);
  });
});

test('the App that the sandbox was started with can read its webhook’s settings', async () => {
  const github = await started({ webhook: { url: '', secret: '' } });
  const read = async (): Promise<unknown> => (await asApp(github).rest.apps.getWebhookConfigForApp()).data;
  assert.deepEqual(await read(), { content_type: 'json', insecure_ssl: '0' });
  github.setWebhook('http://127.0.0.1:4001/');
  assert.deepEqual(await read(), { content_type: 'json', insecure_ssl: '0', url: 'http://127.0.0.1:4001/' });
});
