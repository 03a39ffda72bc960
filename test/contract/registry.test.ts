import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { openRegistries } from '../../app/io/registry/registries.ts';
import { dockerRegistryProblem, issueToken, makeKeyPair, pushImage, pushManifest, startDockerRegistry, type TestRegistry } from '../support/docker-registry.ts';
import { openFakeClock, openFakeLog, type FakeClock } from '../support/fake-clock.ts';

const log = openFakeLog();
const credentials = { username: 'puller', password: 'pull-only' };
const basic = `Basic ${Buffer.from('puller:pull-only').toString('base64')}`;
/** bcrypt of the password above, made by `htpasswd -nbB`. */
const htpasswd = 'puller:$2b$04$uwzzgoJSgEJAEzGRFqU/A.WDkMA9fJcYCw0Ugfb2RpTRlx2Z3ehn.\n';

/** Opens a look-up that is closed after the tests of the suite. */
function opened(clock: FakeClock = openFakeClock()): ReturnType<typeof openRegistries> {
  const registries = openRegistries({ clock, log, timeoutMs: 5_000 });
  after(() => registries.close());
  return registries;
}

describe('a real registry', { skip: dockerRegistryProblem(), timeout: 60_000 }, () => {
  const clock = openFakeClock();
  const registries = opened(clock);
  let registry: TestRegistry;
  let digest: string;
  before(async () => {
    registry = await startDockerRegistry();
    digest = await pushImage(registry, { name: 'team/foo', tag: 'v1', content: 'one' });
  });
  after(() => registry.stop());
  const at = (): { host: string; insecure: boolean } => ({ host: registry.host, insecure: true });

  test('tells the digest of a tag', async () => {
    assert.match(digest, /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(await registries.lookUp(`${registry.host}/team/foo:v1`, at(), undefined), { kind: 'found', digest });
  });

  test('tells that of `latest` where no tag is given', async () => {
    const latest = await pushImage(registry, { name: 'latest', tag: 'latest', content: 'x' });
    assert.deepEqual(await registries.lookUp(`${registry.host}/latest`, at(), undefined), { kind: 'found', digest: latest });
  });

  test('finds an image by its digest, whatever the tag before it says', async () => {
    for (const image of [`team/foo@${digest}`, `team/foo:no-such-tag@${digest}`]) {
      assert.deepEqual(await registries.lookUp(`${registry.host}/${image}`, at(), undefined), { kind: 'found', digest });
    }
  });

  test('finds an index of several platforms', async () => {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const manifests = [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 500, platform: { architecture: 'amd64', os: 'linux' } }];
    const index = await pushManifest(registry, { name: 'team/foo', tag: 'all' }, { schemaVersion: 2, mediaType, manifests });
    assert.deepEqual(await registries.lookUp(`${registry.host}/team/foo:all`, at(), undefined), { kind: 'found', digest: index });
  });

  test('has no such tag, repository or digest', async () => {
    for (const image of ['team/foo:v2', 'nobody/nothing:v1', `team/foo@sha256:${'0'.repeat(64)}`]) {
      assert.deepEqual(await registries.lookUp(`${registry.host}/${image}`, at(), undefined), { kind: 'absent' });
    }
  });

  test('an image that was missing is found 3 seconds later; a tag that moved after 30', async () => {
    const image = `${registry.host}/team/moving:v1`;
    assert.deepEqual(await registries.lookUp(image, at(), undefined), { kind: 'absent' });
    const one = await pushImage(registry, { name: 'team/moving', tag: 'v1', content: 'one' });
    clock.advance(2_999);
    assert.deepEqual(await registries.lookUp(image, at(), undefined), { kind: 'absent' });
    clock.advance(1);
    assert.deepEqual(await registries.lookUp(image, at(), undefined), { kind: 'found', digest: one });
    const two = await pushImage(registry, { name: 'team/moving', tag: 'v1', content: 'two' });
    assert.notEqual(two, one);
    clock.advance(29_999);
    assert.deepEqual(await registries.lookUp(image, at(), undefined), { kind: 'found', digest: one });
    clock.advance(1);
    assert.deepEqual(await registries.lookUp(image, at(), undefined), { kind: 'found', digest: two });
  });
});

describe('a real registry with passwords', { skip: dockerRegistryProblem(), timeout: 60_000 }, () => {
  const registries = opened();
  let registry: TestRegistry;
  let digest: string;
  before(async () => {
    registry = await startDockerRegistry({ htpasswd });
    digest = await pushImage(registry, { name: 'foo', tag: 'v1', content: 'one' }, basic);
  });
  after(() => registry.stop());

  test('lets in who has the right one, and nobody else', async () => {
    const [image, at] = [`${registry.host}/foo:v1`, { host: registry.host, insecure: true }];
    assert.deepEqual(await registries.lookUp(image, at, undefined), { kind: 'denied' });
    assert.deepEqual(await registries.lookUp(image, at, credentials), { kind: 'found', digest });
    assert.deepEqual(await registries.lookUp(image, at, { ...credentials, password: 'wrong' }), { kind: 'denied' });
    assert.deepEqual(await registries.lookUp(`${registry.host}/foo:v2`, at, credentials), { kind: 'absent' });
    assert.doesNotMatch(log.lines.join('\n'), new RegExp(`pull-only|wrong|${basic.slice(6)}`));
  });
});

describe('a real registry with tokens, over TLS', { skip: dockerRegistryProblem(), timeout: 60_000 }, () => {
  const registries = opened();
  const trusted = getCACertificates('default');
  const asked: { path: string; authorization: string | undefined }[] = [];
  const claims = { issuer: 'test-issuer', service: 'test-registry', name: 'team/foo' };
  let registry: TestRegistry;
  let plain: TestRegistry;
  let digest: string;

  const pair = dockerRegistryProblem() === undefined ? makeKeyPair() : { key: '', certificate: '' };
  /** Gives a token for what it is asked for to who has the password. */
  const tokens = createServer((request: IncomingMessage, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    if (request.headers.authorization !== basic) response.writeHead(401).end('{}');
    else response.writeHead(200).end(JSON.stringify({ token: issueToken(pair, { ...claims, actions: ['pull'] }) }));
  });

  before(async () => {
    tokens.listen(0, '127.0.0.1');
    await once(tokens, 'listening');
    const setup = { ...claims, certificate: pair.certificate, realm: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token` };
    [plain, registry] = await Promise.all([startDockerRegistry({ tokens: setup }), startDockerRegistry({ tokens: setup, tls: pair })]);
    digest = await pushImage(plain, { name: 'team/foo', tag: 'v1', content: 'one' }, `Bearer ${issueToken(pair, { ...claims, actions: ['pull', 'push'] })}`);
  });
  after(async () => {
    setDefaultCACertificates(trusted);
    tokens.close();
    await Promise.all([plain.stop(), registry.stop()]);
  });

  test('a token is asked for with the password, for pulling just this, and taken', async () => {
    const [image, at] = [`${plain.host}/team/foo:v1`, { host: plain.host, insecure: true }];
    assert.deepEqual(await registries.lookUp(image, at, credentials), { kind: 'found', digest });
    assert.deepEqual(asked, [{ path: '/token?service=test-registry&scope=repository%3Ateam%2Ffoo%3Apull', authorization: basic }]);
    assert.deepEqual(await registries.lookUp(`${plain.host}/team/foo:v2`, at, credentials), { kind: 'absent' });
  });

  test('without the password there is no token', async () => {
    assert.deepEqual(await registries.lookUp(`${plain.host}/team/foo:v1`, { host: plain.host, insecure: true }, undefined), { kind: 'denied' });
    assert.equal(asked.at(-1)?.authorization, undefined);
  });

  test('a token for another repository is refused', async () => {
    assert.deepEqual(await registries.lookUp(`${plain.host}/other:v1`, { host: plain.host, insecure: true }, credentials), { kind: 'denied' });
  });

  test('a certificate that nobody trusts: unknown', async () => {
    const answer = await registries.lookUp(`${registry.host}/team/foo:v1`, { host: registry.host, insecure: false }, credentials);
    assert.deepEqual(answer, { kind: 'unknown', why: `${registry.host} could not be asked: DEPTH_ZERO_SELF_SIGNED_CERT` });
  });

  test('a registry with TLS cannot send the password to a token server without', async () => {
    setDefaultCACertificates([...trusted, pair.certificate]);
    const before = asked.length;
    const answer = await registries.lookUp(`${registry.host}/team/foo:v2`, { host: registry.host, insecure: false }, credentials);
    assert.deepEqual(answer, { kind: 'unknown', why: `${registry.host} sends for a token to an address without TLS` });
    assert.equal(asked.length, before);
  });
});

describe('a real registry over TLS', { skip: dockerRegistryProblem(), timeout: 60_000 }, () => {
  const registries = opened();
  const trusted = getCACertificates('default');
  after(() => {
    setDefaultCACertificates(trusted);
  });

  test('is asked over TLS, and without it only where the platform says so', async () => {
    const tls = makeKeyPair();
    setDefaultCACertificates([...trusted, tls.certificate]);
    const registry = await startDockerRegistry({ tls });
    try {
      const digest = await pushImage(registry, { name: 'foo', tag: 'v1', content: 'one' });
      const image = `${registry.host}/foo:v1`;
      assert.deepEqual(await registries.lookUp(image, { host: registry.host, insecure: false }, undefined), { kind: 'found', digest });
      assert.equal((await registries.lookUp(image, { host: registry.host, insecure: true }, undefined)).kind, 'unknown');
    } finally {
      await registry.stop();
    }
  });
});
