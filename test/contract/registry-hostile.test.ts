import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { ImageAnswer, RegistryCredentials } from '../../app/core/ports.ts';
import { openRegistries } from '../../app/io/registry/registries.ts';
import { openFakeClock, openFakeLog } from '../support/fake-clock.ts';

const manifest = JSON.stringify({ schemaVersion: 2 });
const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
const ociType = 'application/vnd.oci.image.manifest.v1+json';
const credentials = { username: 'puller', password: 'pull-only' };
const basic = `Basic ${Buffer.from('puller:pull-only').toString('base64')}`;

type Headers = Readonly<Record<string, string>>;
type Asked = { readonly method: string; readonly path: string; readonly authorization: string | undefined };
/** Answers by status, headers and body, or does it itself. */
type Script = (asked: Asked, host: string, response: ServerResponse) => readonly [number, Headers?, string?] | undefined;
type Run = {
  /** Host and port of the registry. */
  readonly host: string;
  readonly asked: readonly Asked[];
  readonly lines: readonly string[];
  lookUp(image: string, by?: RegistryCredentials, timeoutMs?: number): Promise<ImageAnswer>;
};

/** Runs with a registry that answers as the script says. */
async function against(script: Script, run: (it: Run) => Promise<void>): Promise<void> {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const one = { method: request.method ?? '', path: request.url ?? '', authorization: request.headers.authorization };
    asked.push(one);
    const answer = script(one, request.headers.host ?? '', response);
    if (answer) response.writeHead(answer[0], answer[1]).end(answer[2]);
  });
  try {
    await asking(await listening(server), asked, run);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function asking(host: string, asked: readonly Asked[], run: (it: Run) => Promise<void>): Promise<void> {
  const { lines, ...log } = openFakeLog();
  const opened: ReturnType<typeof openRegistries>[] = [];
  const lookUp: Run['lookUp'] = (image, by, timeoutMs = 5_000) => {
    const registries = openRegistries({ clock: openFakeClock(), log, timeoutMs });
    opened.push(registries);
    return registries.lookUp(`${host}/${image}`, { host, insecure: true }, by);
  };
  try {
    await run({ host, asked, lines, lookUp });
  } finally {
    await Promise.all(opened.map((each) => each.close()));
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const found = (header: string | undefined = digest, type: string = ociType): readonly [number, Headers, string] => [200, { 'content-type': type, ...(header === '' ? {} : { 'docker-content-digest': header }) }, manifest];
const sendsTo = (realm: string): readonly [number, Headers] => [401, { 'www-authenticate': `Bearer realm="${realm}",service="it"` }];

describe('answers of a registry', () => {
  const answers: Record<string, [Script, ImageAnswer['kind'], RegExp?]> = {
    'a manifest': [() => found(), 'found'],
    'no HEAD allowed': [({ method }) => (method === 'HEAD' ? [405] : found()), 'found'],
    'no HEAD known': [({ method }) => (method === 'HEAD' ? [501] : found()), 'found'],
    'no digest told: that of the body': [() => found(''), 'found'],
    'a digest of another kind, that of the body': [({ method }) => (method === 'HEAD' ? [405] : found(`sha512:${createHash('sha512').update(manifest).digest('hex')}`)), 'found'],
    'no type told': [() => [200, { 'docker-content-digest': digest }], 'found'],
    'a type with a parameter': [() => found(digest, `${ociType}; charset=utf-8`), 'found'],
    missing: [() => [404, { 'content-type': 'application/json' }, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'], 'absent'],
    forbidden: [() => [403], 'denied'],
    'a digest that is none': [() => found('sha256:../../etc/passwd'), 'unknown', /answered with a digest that is none$/],
    'an empty digest': [() => [200, { 'content-type': ociType, 'docker-content-digest': '' }], 'unknown', /digest that is none/],
    'another digest than the body’s': [({ method }) => (method === 'HEAD' ? [405] : found(`sha256:${'0'.repeat(64)}`)), 'unknown', /has not the digest it tells/],
    'a web page': [() => [200, { 'content-type': 'text/html; charset=utf-8', 'docker-content-digest': digest }, '<html>'], 'unknown', /answered with a web page/],
    'a web page that says 404': [() => [404, { 'content-type': 'text/HTML' }, '<html>'], 'unknown', /answered with a web page/],
    'another file': [() => found(digest, 'application/octet-stream'), 'unknown', /something else than a manifest/],
    'a manifest of 2015': [() => found(digest, 'application/vnd.docker.distribution.manifest.v1+prettyjws'), 'unknown', /something else/],
    'out of order': [() => [503], 'unknown', /answered 503$/],
    'too many questions': [() => [429], 'unknown', /answered 429$/],
    'a status that is none': [() => [299], 'unknown', /answered 299$/],
    '401 without a word': [() => [401], 'unknown', /does not say how to authenticate/],
    '401 with another scheme': [() => [401, { 'www-authenticate': 'Negotiate' }], 'unknown', /does not say how/],
    'a huge header for 401': [() => [401, { 'www-authenticate': `Bearer realm="https://${'a'.repeat(6_000)}"` }], 'unknown', /does not say how/],
    'an endless token': [({ path }, host) => (path.startsWith('/token') ? [200, {}, JSON.stringify({ token: 'a'.repeat(20_000) })] : sendsTo(`http://${host}/token`)), 'unknown', /that gave none/],
    'a token with a line break': [({ path }, host) => (path.startsWith('/token') ? [200, {}, '{"token":"a\\r\\nx: y"}'] : sendsTo(`http://${host}/token`)), 'unknown', /that gave none/],
    'a token that is no text': [({ path }, host) => (path.startsWith('/token') ? [200, {}, '{"token":{}}'] : sendsTo(`http://${host}/token`)), 'unknown', /that gave none/],
    'a token server without JSON': [({ path }, host) => (path.startsWith('/token') ? [200, {}, '<html>'] : sendsTo(`http://${host}/token`)), 'unknown', /answered no JSON/],
    'a token server out of order': [({ path }, host) => (path.startsWith('/token') ? [500] : sendsTo(`http://${host}/token`)), 'unknown', /a server that answered 500/],
    'a token server that sends on': [({ path }, host) => (path.startsWith('/token') ? [302, { location: `http://${host}/other` }] : sendsTo(`http://${host}/token`)), 'unknown', /a server that answered 302/],
    'a token that does not help': [({ path }, host) => (path.startsWith('/token') ? [200, {}, '{"access_token":"abc"}'] : sendsTo(`http://${host}/token`)), 'denied'],
    'redirects without end': [(_asked, host) => [307, { location: `http://${host}/again` }], 'unknown', /redirects again and again/],
    'a redirect to nowhere': [() => [302, { location: 'http://' }], 'unknown', /redirects to no web address/],
    'a redirect without an address': [() => [302], 'unknown', /redirects again and again/],
    'a redirect to a file': [() => [302, { location: 'file:///etc/passwd' }], 'unknown', /redirects to no web address/],
    'a redirect with a password': [(_asked, host) => [302, { location: `http://a:b@${host}/` }], 'unknown', /with a password in it/],
  };
  for (const [what, [script, kind, why]] of Object.entries(answers)) {
    test(`${what}: ${kind}`, () =>
      against(script, async ({ lookUp, lines, asked }) => {
        const answer = await lookUp('foo:v1', credentials);
        assert.equal(answer.kind, kind, JSON.stringify(answer));
        if (answer.kind === 'unknown') assert.match(answer.why, why ?? /^$/);
        if (answer.kind === 'found') assert.match(answer.digest, /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/);
        assert.doesNotMatch(JSON.stringify([answer, lines]), /pull-only|cHVsbGVy|Bearer/);
        assert.ok(asked.length <= 8, `${asked.length} calls`);
      }));
  }

  test('asked by digest, another manifest is unknown', () =>
    against(
      () => found(),
      async ({ lookUp }) => {
        assert.deepEqual(await lookUp(`foo@${digest}`), { kind: 'found', digest });
        const answer = await lookUp(`foo@sha256:${'0'.repeat(64)}`);
        assert.match(answer.kind === 'unknown' ? answer.why : '', /another manifest than the one of the digest/);
      },
    ));

  test('a body without end is not read to its end', () =>
    against(
      ({ method }, _host, response) => {
        if (method === 'HEAD') return [405];
        response.writeHead(200, { 'content-type': ociType });
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
          if (!response.destroyed) response.once('drain', more);
        };
        more();
        return undefined;
      },
      async ({ lookUp, host }) => {
        assert.deepEqual(await lookUp('foo:v1'), { kind: 'unknown', why: `${host} could not be asked: its answer is too long` });
      },
    ));

  test('nor is that of an error', () =>
    against(
      ({ method }, _host, response) => {
        if (method === 'HEAD') return [405];
        response.writeHead(500);
        response.write(Buffer.alloc(1_000_000));
        return undefined;
      },
      async ({ lookUp, host }) => {
        assert.deepEqual(await lookUp('foo:v1'), { kind: 'unknown', why: `${host} answered 500` });
      },
    ));

  test('silence is given up on', () =>
    against(
      () => undefined,
      async ({ lookUp, host }) => {
        assert.deepEqual(await lookUp('foo:v1', undefined, 50), { kind: 'unknown', why: `${host} could not be asked: no answer in time` });
      },
    ));
});

describe('answers that are no HTTP', () => {
  const endless = (socket: Socket): void => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(`x-more: ${'a'.repeat(4_000)}\r\n`)) continue;
      if (!socket.destroyed) socket.once('drain', more);
    };
    socket.write('HTTP/1.1 200 OK\r\n');
    more();
  };
  const answers: Record<string, [(socket: Socket) => void, RegExp]> = {
    'headers without end': [endless, /too many headers$/],
    'the connection cut': [(socket) => socket.destroy(), /the connection was cut$/],
    'another protocol': [(socket) => socket.end('220 smtp.bar.com ESMTP\r\n'), /could not be asked: [\w -]+$/],
    'two lengths': [(socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na'), /could not be asked: [\w -]+$/],
  };
  for (const [what, [talk, why]] of Object.entries(answers)) {
    test(`${what}: unknown`, async () => {
      const sockets = new Set<Socket>();
      const server = createSocketServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).once('data', () => {
          talk(socket);
        });
      });
      try {
        await asking(await listening(server), [], async ({ lookUp }) => {
          const answer = await lookUp('foo:v1', credentials);
          assert.match(answer.kind === 'unknown' ? answer.why : JSON.stringify(answer), why);
        });
      } finally {
        for (const socket of sockets) socket.destroy();
        server.close();
      }
    });
  }

  test('nobody there: unknown', async () => {
    const server = createSocketServer();
    const host = await listening(server);
    server.close();
    await once(server, 'close');
    await asking(host, [], async ({ lookUp }) => {
      assert.deepEqual(await lookUp('foo:v1'), { kind: 'unknown', why: `${host} could not be asked: connections are refused` });
    });
  });
});

describe('where a registry sends to (B111)', () => {
  const inside = [
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://10.0.0.1/',
    'http://192.168.0.1/',
    'http://0.0.0.0/',
    'http://[::1]/',
    // By name: what is looked at is what it resolves to, at the connection itself.
    'http://localhost/',
  ];
  for (const address of inside) {
    test(`a token server at ${address} is not asked`, () =>
      against(
        () => sendsTo(address),
        async ({ lookUp, host, asked }) => {
          assert.deepEqual(await lookUp('foo:v1', credentials), { kind: 'unknown', why: `${host} could not be asked: it leads to an address that may not be asked` });
          assert.equal(asked.length, 1);
        },
      ));
    test(`a redirect to ${address} is not followed`, () =>
      against(
        () => [307, { location: address }],
        async ({ lookUp, host, asked }) => {
          assert.deepEqual(await lookUp('foo:v1'), { kind: 'unknown', why: `${host} could not be asked: it leads to an address that may not be asked` });
          assert.equal(asked.length, 1);
        },
      ));
  }

  test('a name that is not the registry’s own but leads to its address is not asked either', () =>
    against(
      ({ path }, host) => (path.startsWith('/token') ? [200, {}, '{"token":"abc"}'] : sendsTo(`http://${host.replace('127.0.0.1', 'localhost')}/token`)),
      async ({ lookUp, host, asked }) => {
        assert.deepEqual(await lookUp('foo:v1', credentials), { kind: 'unknown', why: `${host} could not be asked: it leads to an address that may not be asked` });
        assert.deepEqual(asked.map(({ path }) => path), ['/v2/foo/manifests/v1']);
      },
    ));

  test('a registry at a metadata address is not asked, whoever configured it', async () => {
    const registries = openRegistries({ clock: openFakeClock(), log: openFakeLog() });
    const answer = await registries.lookUp('169.254.169.254/foo:v1', { host: '169.254.169.254', insecure: true }, credentials);
    assert.deepEqual(answer, { kind: 'unknown', why: '169.254.169.254 could not be asked: it leads to an address that may not be asked' });
    await registries.close();
  });

  test('a redirect is followed without credentials', () =>
    against(
      ({ path, authorization }, host) => {
        if (path === '/stored') return found();
        return authorization === undefined ? [401, { 'www-authenticate': 'Basic realm="it"' }] : [307, { location: `http://${host}/stored` }];
      },
      async ({ lookUp, asked }) => {
        assert.deepEqual(await lookUp('foo:v1', credentials), { kind: 'found', digest });
        assert.deepEqual(asked.map(({ path, authorization }) => [path, authorization]), [['/v2/foo/manifests/v1', undefined], ['/v2/foo/manifests/v1', basic], ['/stored', undefined]]);
      },
    ));

  test('where a redirect leads to, no password is given', () =>
    against(
      ({ path }, host) => (path === '/stored' ? [401, { 'www-authenticate': 'Basic realm="it"' }] : [307, { location: `http://${host}/stored` }]),
      async ({ lookUp, asked }) => {
        assert.deepEqual(await lookUp('foo:v1', credentials), { kind: 'denied' });
        assert.ok(asked.every(({ authorization }) => authorization === undefined));
      },
    ));
});

describe('the look-up itself', () => {
  const never = { host: 'registry.bar.com', insecure: false };
  const refused: Record<string, [string, typeof never, RegExp]> = {
    'no reference': ['registry.bar.com/Foo:v1', never, /no image reference/],
    'a path out of its name': ['registry.bar.com/../v1/foo:v1', never, /no image reference/],
    'another registry': ['other.bar.com/foo:v1', never, /not in the registry registry\.bar\.com/],
    'Docker Hub': ['nginx:1', never, /not in the registry/],
    'another port': ['registry.bar.com:5000/foo:v1', never, /not in the registry/],
  };
  for (const [what, [image, at, why]] of Object.entries(refused)) test(`asks nobody about ${what}`, async () => {
    const registries = openRegistries({ clock: openFakeClock(), log: openFakeLog() });
    const answer = await registries.lookUp(image, at, undefined);
    assert.match(answer.kind === 'unknown' ? answer.why : '', why);
    await registries.close();
  });

  test('asks once for those who ask at the same time, and again for others’ credentials', () =>
    against(
      ({ authorization }) => (authorization === undefined ? [401, { 'www-authenticate': 'Basic realm="it"' }] : found()),
      async ({ host, asked }) => {
        const registries = openRegistries({ clock: openFakeClock(), log: openFakeLog() });
        const ask = (by?: RegistryCredentials): Promise<ImageAnswer> => registries.lookUp(`${host}/foo:v1`, { host, insecure: true }, by);
        const answers = await Promise.all([ask(credentials), ask({ ...credentials }), ask()]);
        assert.deepEqual(answers.map(({ kind }) => kind), ['found', 'found', 'denied']);
        assert.equal(asked.length, 3);
        assert.deepEqual(await ask(credentials), answers[0]);
        assert.equal(asked.length, 3);
        await registries.close();
      },
    ));

  test('a digest is known for ten minutes; no more than 500 answers are kept', () =>
    against(
      () => found(),
      async ({ host, asked }) => {
        const clock = openFakeClock();
        const registries = openRegistries({ clock, log: openFakeLog() });
        const ask = (image: string): Promise<ImageAnswer> => registries.lookUp(`${host}/${image}`, { host, insecure: true }, undefined);
        await ask(`foo@${digest}`);
        clock.advance(599_999);
        await ask(`foo@${digest}`);
        assert.equal(asked.length, 1);
        clock.advance(1);
        await ask(`foo@${digest}`);
        assert.equal(asked.length, 2);
        for (let from = 0; from < 500; from += 50) await Promise.all(Array.from({ length: 50 }, (_, tag) => ask(`foo:v${from + tag}`)));
        await ask('foo:v0');
        assert.equal(asked.length, 502);
        await ask(`foo@${digest}`);
        assert.equal(asked.length, 503);
        await registries.close();
      },
    ));
});
