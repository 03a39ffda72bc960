import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A registry of one test's own; `stop` ends it and removes its directory. */
export type TestRegistry = {
  /** Host and port. */
  readonly host: string;
  readonly url: string;
  readonly stop: () => Promise<void>;
};

export type RegistrySetup = {
  /** Lines of an htpasswd file, with bcrypt hashes. */
  readonly htpasswd?: string;
  readonly tokens?: { readonly realm: string; readonly service: string; readonly issuer: string; readonly certificate: string };
  readonly tls?: KeyPair;
};

/** A private key and its certificate, PEM. */
export type KeyPair = { readonly key: string; readonly certificate: string };

/**
 * Returns why tests cannot have a registry here, or undefined when they can: a text to skip by. Throws where `CI` is set: there a
 * skipped test would be taken for a passed one.
 */
export function dockerRegistryProblem(): string | undefined {
  const missing = ['docker-registry', 'openssl'].filter((command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error);
  if (missing.length === 0) return undefined;
  const problem = `${missing.join(' and ')} not on the PATH (apt-get install docker-registry openssl)`;
  if (process.env['CI']) throw new Error(problem);
  return problem;
}

/** Starts a real registry (distribution/distribution) on the loopback, on a free port; it keeps images in memory. */
export async function startDockerRegistry(setup: RegistrySetup = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'registry-'));
  writeFileSync(join(directory, 'config.json'), JSON.stringify(configOf(setup, directory)));
  const server = spawn('docker-registry', ['serve', join(directory, 'config.json')], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(server, 'exit');
  let log = '';
  const listening = new Promise<string>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 65_536) log += text;
      const host = /listening on ([\d.]+:\d+)/.exec(log)?.[1];
      if (host !== undefined) resolve(host);
    });
    exited.then(() => {
      reject(new Error(`docker-registry ended before it was ready:\n${log}`));
    }, reject);
  });
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const host = await listening;
    return { host, url: `${setup.tls ? 'https' : 'http'}://${host}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** JSON is YAML; see /usr/share/doc/docker-registry/configuration.md of Debian's package. */
function configOf({ htpasswd, tokens, tls }: RegistrySetup, directory: string): object {
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    return join(directory, name);
  };
  const auth = {
    ...(htpasswd === undefined ? {} : { htpasswd: { realm: 'test', path: file('htpasswd', htpasswd) } }),
    ...(tokens ? { token: { realm: tokens.realm, service: tokens.service, issuer: tokens.issuer, rootcertbundle: file('tokens.pem', tokens.certificate) } } : {}),
  };
  return {
    version: 0.1,
    storage: { inmemory: {} },
    http: { addr: '127.0.0.1:0', secret: 'test', ...(tls ? { tls: { certificate: file('tls.pem', tls.certificate), key: file('tls.key', tls.key) } } : {}) },
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
  };
}

/** Pushes an image of one tiny layer (`content`) by the registry's protocol; returns the digest of its manifest. */
export async function pushImage(registry: TestRegistry, image: { readonly name: string; readonly tag: string; readonly content: string }, authorization?: string): Promise<string> {
  const headers = authorization === undefined ? {} : { authorization };
  const blob = async (content: string): Promise<{ digest: string; size: number }> => {
    const begun = await answered(fetch(`${registry.url}/v2/${image.name}/blobs/uploads/`, { method: 'POST', headers }), 202);
    const place = new URL(begun.headers.get('location') ?? '', registry.url);
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    place.searchParams.set('digest', digest);
    await answered(fetch(place, { method: 'PUT', headers, body: content }), 201);
    return { digest, size: Buffer.byteLength(content) };
  };
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await blob('{}')) };
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', ...(await blob(image.content)) };
  return pushManifest(registry, image, { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers: [layer] }, authorization);
}

/** Pushes a manifest; returns its digest. */
export async function pushManifest(registry: TestRegistry, { name, tag }: { readonly name: string; readonly tag: string }, manifest: { readonly mediaType: string; readonly [field: string]: unknown }, authorization?: string): Promise<string> {
  const headers = { 'content-type': manifest.mediaType, ...(authorization === undefined ? {} : { authorization }) };
  const put = await answered(fetch(`${registry.url}/v2/${name}/manifests/${tag}`, { method: 'PUT', headers, body: JSON.stringify(manifest) }), 201);
  return put.headers.get('docker-content-digest') ?? '';
}

async function answered(call: Promise<Response>, status: number): Promise<Response> {
  const response = await call;
  const body = await response.text();
  if (response.status !== status) throw new Error(`${response.url}: ${response.status} ${body}`);
  return response;
}

/** Makes a key and a certificate for 127.0.0.1 that nobody signed. */
export function makeKeyPair(): KeyPair {
  const directory = mkdtempSync(join(tmpdir(), 'key-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  try {
    execFileSync('openssl', ['req', '-x509', ...what, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Issues a token that a registry with the key pair's certificate takes: https://distribution.github.io/distribution/spec/auth/jwt/ */
export function issueToken({ key }: KeyPair, claims: { readonly issuer: string; readonly service: string; readonly name: string; readonly actions: readonly string[] }): string {
  const seconds = Math.floor(Date.now() / 1000);
  const access = [{ type: 'repository', name: claims.name, actions: claims.actions }];
  const payload = { iss: claims.issuer, sub: 'test', aud: claims.service, nbf: seconds - 10, iat: seconds, exp: seconds + 300, jti: randomUUID(), access };
  const signed = [{ typ: 'JWT', alg: 'ES256', kid: keyId(key) }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The first 240 bits of the public key's hash, in base32, in groups of four. */
function keyId(key: string): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const bits = Array.from(createHash('sha256').update(der).digest().subarray(0, 30), (byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(five, 2)]).join('');
  return (letters.match(/.{4}/g) ?? []).join(':');
}
