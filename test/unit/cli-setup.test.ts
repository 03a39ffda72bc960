import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readCommandLine, UsageError, type SetupOptions } from '../../app/cli/command-line.ts';
import { manifestToPost, missingPermissions, parseAppManifest, webhookPath } from '../../app/config/app-manifest.ts';
import { secretManifest } from '../../app/config/app-secret.ts';
import { secret } from '../../app/config/secret.ts';

const url = 'https://avant.bar.com';
const options: SetupOptions = {
  webhookUrl: `${url}/api/github/webhooks`,
  org: undefined,
  name: undefined,
  to: { file: 'a.yaml' },
  namespace: 'avant',
  secretName: 'avant-github',
  port: 0,
  timeoutMs: 1_800_000,
};

test('what the words of avant setup ask for', () => {
  const cases: readonly (readonly [string, Partial<SetupOptions>])[] = [
    [`--url ${url} --output a.yaml`, {}],
    [`--url ${url}/ --output a.yaml`, {}],
    [`--url ${url}${webhookPath} --output a.yaml`, {}],
    [`--url ${url}/previews/ --output a.yaml`, { webhookUrl: `${url}/previews/api/github/webhooks` }],
    [`--url http://[::1]:3000 --output a.yaml`, { webhookUrl: 'http://[::1]:3000/api/github/webhooks' }],
    [`--url ${url} --org Bar-1 --name Ours --apply`, { org: 'Bar-1', name: 'Ours', to: { kubeconfig: undefined } }],
    [`--url ${url} --kubeconfig k`, { to: { kubeconfig: 'k' } }],
    [`--url ${url} --apply --kubeconfig k --namespace a --secret-name b.c`, { to: { kubeconfig: 'k' }, namespace: 'a', secretName: 'b.c' }],
    [`--url ${url} --output a.yaml --port 8123 --timeout 1h`, { port: 8123, timeoutMs: 3_600_000 }],
  ];
  for (const [words, changes] of cases)
    assert.deepEqual(readCommandLine(['setup', ...words.split(' ')]), { name: 'setup', options: { ...options, ...changes } }, words);
  assert.deepEqual(readCommandLine(['setup', '--help']), { name: 'help' });
});

test('what the words of avant doctor ask for', () => {
  assert.deepEqual(readCommandLine(['doctor']), { name: 'doctor', json: false, config: undefined });
  assert.deepEqual(readCommandLine(['doctor', '--json', '--config', 'a.yaml']), { name: 'doctor', json: true, config: 'a.yaml' });
});

test('what is wrong with them is named', () => {
  const most = ['--url', url, '--output', 'a.yaml'];
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['setup'], /--url is missing/],
    [['setup', '--url', 'avant.bar.com', '--apply'], /--url is "avant\.bar\.com": give Avant’s address/],
    [['setup', '--url', 'ftp://avant.bar.com', '--apply'], /--url is/],
    [['setup', '--url', 'https://ann:secret@avant.bar.com', '--apply'], /--url is/],
    [['setup', '--url', `${url}?a=b`, '--apply'], /--url is/],
    [['setup', '--url', `${url}#a`, '--apply'], /--url is/],
    [['setup', '--url', url], /where the App’s Secret goes is missing: give --output FILE, or --apply/],
    [['setup', ...most, '--apply'], /goes to one place/],
    [['setup', ...most, '--kubeconfig', 'k'], /goes to one place/],
    [['setup', '--url', url, '--output', ''], /take the path of a file/],
    [['setup', '--url', url, '--kubeconfig', ''], /take the path of a file/],
    [['setup', ...most, '--org', 'bar/foo'], /--org is "bar\/foo"/],
    [['setup', ...most, '--org', 'a'.repeat(40)], /--org is/],
    [['setup', ...most, '--name', 'x'.repeat(35)], /--name is .*: give 1 to 34 characters/],
    [['setup', ...most, '--name', ' '], /--name is/],
    [['setup', ...most, '--namespace', 'A'], /--namespace is "A"/],
    [['setup', ...most, '--secret-name', 'a_b'], /--secret-name is "a_b"/],
    [['setup', ...most, '--port', '99999'], /--port is 99999/],
    [['setup', ...most, '--port', '-1'], /--port/],
    [['setup', ...most, '--timeout', '2h'], /--timeout is "2h": give 1s to 1h/],
    [['setup', ...most, '--timeout', '5'], /--timeout is "5"/],
    [['setup', ...most, 'more'], /more is more than it takes/],
    [['setup', ...most, '--json'], /--json/],
    [['doctor', 'more'], /more is more than it takes/],
    [['doctor', '--config', ''], /--config is empty/],
    [['doctor', '--apply'], /--apply/],
  ];
  for (const [argv, message] of cases) {
    assert.throws(
      () => readCommandLine(argv),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
      JSON.stringify(argv),
    );
  }
});

const appYml = readFileSync(new URL('../../app.yml', import.meta.url), 'utf8');

test('what GitHub makes the App of is app.yml’s', () => {
  const manifest = parseAppManifest(appYml);
  const written = parse(appYml) as Record<string, unknown>;
  const own = { name: undefined, webhookUrl: `${url}${webhookPath}`, redirectUrl: 'http://127.0.0.1:1/created' };
  assert.deepEqual(manifestToPost(manifest, own), {
    ...written,
    hook_attributes: { url: own.webhookUrl, active: true },
    redirect_url: own.redirectUrl,
  });
  assert.equal((manifestToPost(manifest, { ...own, name: 'Ours' }) as { name: string }).name, 'Ours');
});

test('an app.yml that is wrong is refused with the key', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /app\.yml: /],
    ['a: [', /app\.yml: /],
    [appYml.replace('public: false', 'public: maybe'), /app\.yml: public: /],
    [appYml.replace('checks: write', 'checks: admin'), /app\.yml: default_permissions\.checks: /],
    [`${appYml}\nhook_attributes: {}\n`, /hook_attributes/],
  ];
  for (const [text, message] of cases) assert.throws(() => parseAppManifest(text), message, text.slice(-60));
});

test('a permission is missing where it is less than asked for', () => {
  const wanted = { contents: 'read', checks: 'write', issues: 'read' };
  assert.deepEqual(missingPermissions(wanted, { contents: 'write', checks: 'read', administration: 'admin' }), ['checks: write', 'issues: read']);
  assert.deepEqual(missingPermissions(wanted, { contents: 'read', checks: 'admin', issues: 'read' }), []);
});

test('the Secret has the environment’s variables, whatever is in them', () => {
  const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIE: # "x"\n+/=\n-----END RSA PRIVATE KEY-----\n';
  for (const webhookSecret of ['0123', 'yes', '1e3', '# no', "it's: \"x\"\\", '- a']) {
    const app = { id: 12, slug: 'ours', url: 'https://github.com/apps/ours', privateKey: secret(pem), webhookSecret: secret(webhookSecret) };
    const text = secretManifest(app, { namespace: 'avant', name: 'avant-github' });
    assert.deepEqual(parse(text), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'avant-github', namespace: 'avant', labels: { 'app.kubernetes.io/name': 'avant' } },
      type: 'Opaque',
      stringData: { APP_ID: '12', PRIVATE_KEY: pem, WEBHOOK_SECRET: webhookSecret },
    });
  }
});
