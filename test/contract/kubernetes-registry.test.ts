import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import type { Image } from '../../sandbox/kubernetes/containers.ts';
import { createRegistry, manifestType } from '../../sandbox/registry.ts';
import { startRegistryServer } from '../../sandbox/registry-server.ts';
import { dockerRegistryProblem, pushImage, startDockerRegistry } from '../support/docker-registry.ts';

/** A registry under test that has one image, `m6/baz-api:abc`, and one behind a login, `m6/secret:abc`. */
type RegistryRig = {
  readonly url: string;
  readonly closedUrl: string;
  readonly digest: string;
  close(): Promise<void>;
};

const login = { username: 'avant', password: 'open sesame' };
/** bcrypt of the password. */
const hash = '$2b$04$gjY9qRqqXujxcfAJWwYPFOrE5sDuqnbpBRthpPxzTXHe6bfLulyvC';
const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;

type Reply = { readonly status: number; readonly headers: Record<string, unknown>; readonly text: string };

const ask = async (
  url: string,
  path: string,
  method: 'GET' | 'HEAD' | 'POST' = 'GET',
  headers: Record<string, string> = { accept: manifestType },
): Promise<Reply> => {
  const response = await request(url + path, { method, headers });
  return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
};

const image = '/v2/m6/baz-api/manifests';
const nowhere = `sha256:${'0'.repeat(64)}`;

/** What a client meets that asks whether an image is there, and which. */
function registryCases(rig: () => RegistryRig): void {
  test('says that it is one', async () => {
    const found = await ask(rig().url, '/v2/');
    assert.deepEqual(
      [found.status, found.text, found.headers['docker-distribution-api-version']],
      [200, '{}', 'registry/2.0'],
    );
  });

  test('an image by tag and by digest, with its digest', async () => {
    const { url, digest } = rig();
    for (const reference of ['abc', digest]) {
      for (const method of ['GET', 'HEAD'] as const) {
        const found = await ask(url, `${image}/${reference}`, method, { accept: `text/html, ${manifestType}` });
        assert.deepEqual(
          [found.status, found.headers['docker-content-digest'], found.headers['content-type']],
          [200, digest, manifestType],
        );
        if (method === 'HEAD') assert.equal(found.text, '');
        else assert.equal(`sha256:${createHash('sha256').update(found.text).digest('hex')}`, digest);
      }
    }
  });

  test('an image that is not there is a 404 in the words of the protocol', async () => {
    const { url } = rig();
    const absent: [string, unknown][] = [
      [`${image}/none`, { Tag: 'none' }],
      [`${image}/${nowhere}`, { Name: 'm6/baz-api', Revision: nowhere }],
      ['/v2/none/manifests/x', { Tag: 'x' }],
    ];
    for (const [path, detail] of absent) {
      const found = await ask(url, path);
      assert.deepEqual(
        [found.status, JSON.parse(found.text)],
        [404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail }] }],
      );
      assert.equal((await ask(url, path, 'HEAD')).status, 404);
    }
  });

  test('to a client that does not say that it takes OCI manifests it shows none, not even to one that takes all', async () => {
    for (const accept of ['*/*', 'application/vnd.docker.distribution.manifest.v2+json']) {
      for (const reference of ['abc', rig().digest]) {
        const found = await ask(rig().url, `${image}/${reference}`, 'GET', { accept });
        assert.equal(found.status, 404);
        assert.match(found.text, /"message":"OCI manifest found, but accept header does not support OCI manifests"/);
      }
    }
  });

  test('an image behind a login', async () => {
    const { closedUrl } = rig();
    const path = '/v2/m6/secret/manifests/abc';
    const stranger = await ask(closedUrl, path);
    assert.equal(stranger.status, 401);
    assert.match(String(stranger.headers['www-authenticate']), /^Basic realm="/);
    const { errors } = JSON.parse(stranger.text) as { errors: unknown };
    const detail = [{ Type: 'repository', Class: '', Name: 'm6/secret', Action: 'pull' }];
    assert.deepEqual(errors, [{ code: 'UNAUTHORIZED', message: 'authentication required', detail }]);
    const wrong = `Basic ${Buffer.from('avant:wrong').toString('base64')}`;
    assert.equal((await ask(closedUrl, path, 'HEAD', { accept: manifestType, authorization: wrong })).status, 401);
    assert.equal((await ask(closedUrl, path, 'HEAD', { accept: manifestType, authorization })).status, 200);
  });

  test('tags, a configuration, and what is none of these', async () => {
    const { url, digest } = rig();
    assert.deepEqual(JSON.parse((await ask(url, '/v2/m6/baz-api/tags/list')).text), {
      name: 'm6/baz-api',
      tags: ['abc'],
    });
    const unknown = await ask(url, '/v2/none/tags/list');
    assert.deepEqual(
      [unknown.status, JSON.parse(unknown.text)],
      [
        404,
        {
          errors: [
            { code: 'NAME_UNKNOWN', message: 'repository name not known to registry', detail: { name: 'none' } },
          ],
        },
      ],
    );
    const manifest = JSON.parse((await ask(url, `${image}/${digest}`)).text) as { config: { digest: string } };
    const config = await ask(url, `/v2/m6/baz-api/blobs/${manifest.config.digest}`);
    assert.deepEqual(
      [config.status, `sha256:${createHash('sha256').update(config.text).digest('hex')}`],
      [200, manifest.config.digest],
    );
    assert.equal((await ask(url, `/v2/m6/baz-api/blobs/${nowhere}`)).status, 404);
    assert.equal((await ask(url, '/nothing')).status, 404);
    assert.equal((await ask(url, `${image}/abc`, 'POST')).status, 405);
  });
}

describe("the sandbox's registry", () => {
  let rig: RegistryRig;
  before(async () => {
    const registry = createRegistry({ repositories: () => [], fileAt: () => undefined });
    const server = await startRegistryServer({ port: 0, registry });
    const built: Image = { start: () => ({ exit: { code: 0 }, logs: () => [] }) };
    registry.requireLogin('m6/secret', login);
    registry.push('m6/secret', 'abc', built);
    rig = {
      url: server.url,
      closedUrl: server.url,
      digest: registry.push('m6/baz-api', 'abc', built),
      close: server.close,
    };
  });
  after(() => rig.close());
  registryCases(() => rig);
});

const problem = dockerRegistryProblem();

describe("Debian's docker-registry", { skip: problem ?? false }, () => {
  let rig: RegistryRig;
  before(async () => {
    const setup = { htpasswd: `${login.username}:${hash}` };
    const [open, closed] = [await startDockerRegistry(), await startDockerRegistry(setup)];
    const close = async (): Promise<void> => {
      await open.stop();
      await closed.stop();
    };
    try {
      await pushImage(closed, { name: 'm6/secret', tag: 'abc', content: 'x' }, authorization);
      rig = {
        url: open.url,
        closedUrl: closed.url,
        digest: await pushImage(open, { name: 'm6/baz-api', tag: 'abc', content: 'x' }),
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  });
  after(() => rig.close());
  registryCases(() => rig);
});
