import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { DoorSettings } from '../../app/config/door.ts';
import { secret } from '../../app/config/secret.ts';
import type { DoorAnswer } from '../../app/core/door.ts';
import type { DoorQuestion } from '../../app/core/ports.ts';
import { openDoorways, type Doorways } from '../../app/io/door/doorways.ts';
import { until } from '../support/avant.ts';

const host = 'foo-241-fr.preview.bar.com';
const marker = 'foo-241-fr';
const question = (parts: Partial<DoorQuestion> = {}): DoorQuestion => ({ cluster: 'home', host, path: '/', marker, version: 'v', settleMs: 0, ...parts });

type Way = { readonly ways: Doorways; readonly server: Server; readonly sockets: ReadonlySet<Socket>; ask(parts?: Partial<DoorQuestion>): Promise<DoorAnswer> };

type Options = Partial<DoorSettings> & { readonly timeoutMs?: number; readonly atOnce?: number };

/** Runs with a door at the server. */
async function through(server: Server, run: (way: Way) => Promise<void>, { timeoutMs = 5_000, atOnce = 50, ...settings }: Options = {}): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = settings.address ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scheme = (text: string): string => text.replace(/:0$/, `:${(server.address() as AddressInfo).port}`);
  const ways = openDoorways({ home: { headers: {}, insecure: false, ...settings, address: scheme(address) } }, { atOnce, timeoutMs });
  const ask: Way['ask'] = async (parts = {}) => {
    const heard: DoorAnswer[] = [];
    await ways.ask(question(parts), (answer) => heard.push(answer));
    const [answer, second] = heard;
    assert.ok(answer && !second, `heard ${heard.length} answers`);
    return answer;
  };
  try {
    await run({ ways, server, sockets, ask });
  } finally {
    await ways.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const answering = (listener: RequestListener): Server => createServer(listener);
const saying = (status: number, headers: Readonly<Record<string, string | string[]>> = {}, body = ''): Server => answering((_request, response) => response.writeHead(status, headers).end(body));
const marked = { 'X-Avant-Preview': marker };

describe('whose answer it is', () => {
  const cases: readonly (readonly [name: string, status: number, headers: Readonly<Record<string, string | string[]>>, answer: DoorAnswer])[] = [
    ['marked is the app’s', 200, marked, { kind: 'app', status: 200 }],
    ['marked is the app’s, be it 404', 404, marked, { kind: 'app', status: 404 }],
    ['marked is the app’s, be it 503', 503, marked, { kind: 'app', status: 503 }],
    ['marked for another', 200, { 'X-Avant-Preview': 'bar-12' }, { kind: 'other', status: 200, marker: 'bar-12' }],
    ['marked twice, once for another', 200, { 'X-Avant-Preview': [marker, 'bar-12'] }, { kind: 'other', status: 200, marker: 'bar-12' }],
    ['marked with what is no name', 200, { 'X-Avant-Preview': '<script>' }, { kind: 'other', status: 200, marker: '' }],
    ...[401, 403, 404, 408, 413, 429, 502, 503, 504].map((status) => [`unmarked ${status} is the door’s`, status, {}, { kind: 'door', status }] as const),
    ...[200, 204, 302, 400, 418, 500, 501].map((status) => [`unmarked ${status} is the app’s: a door that marks nothing`, status, {}, { kind: 'app', status }] as const),
    ['a redirect to the same over https is the door’s', 302, { location: `https://${host}/` }, { kind: 'door', status: 302 }],
    ['one with another path is the app’s', 302, { location: `https://${host}/login` }, { kind: 'app', status: 302 }],
    ['one to another host is the app’s', 301, { location: 'https://auth.bar.com/' }, { kind: 'app', status: 301 }],
    ['marked, such a redirect is the app’s', 301, { ...marked, location: `https://${host}/` }, { kind: 'app', status: 301 }],
    ['a redirect to nonsense is the app’s', 301, { location: 'http://[' }, { kind: 'app', status: 301 }],
  ];
  for (const [name, status, headers, answer] of cases)
    test(name, () => through(saying(status, headers), async ({ ask }) => {
      assert.deepEqual(await ask(), answer);
    }));
});

describe('how it asks', () => {
  test('GET of the path, for the host, with the door’s headers, and follows no redirect', async () => {
    const asked: unknown[] = [];
    const server = answering(({ method, url, headers }, response) => {
      asked.push({ method, url, host: headers.host, proto: headers['x-forwarded-proto'], agent: headers['user-agent'], authorization: headers.authorization });
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await through(server, async ({ ask }) => {
      assert.deepEqual(await ask({ path: '/healthz?deep=1' }), { kind: 'app', status: 302 });
      assert.deepEqual(asked, [{ method: 'GET', url: '/healthz?deep=1', host, proto: 'https', agent: 'avant', authorization: 'Basic eA==' }]);
    }, { headers: { 'X-Forwarded-Proto': secret('https'), Authorization: secret('Basic eA==') } });
  });

  test('connections serve many questions', async () => {
    await through(saying(404), async ({ ask, sockets }) => {
      for (let times = 0; times < 20; times += 1) await ask({ host: `foo-${times}.preview.bar.com` });
      assert.ok(sockets.size <= 2, `${sockets.size} connections for 20 questions`);
    });
  });

  test('never more connections than at once', async () => {
    const waiting: ServerResponse[] = [];
    await through(answering((_request, response) => waiting.push(response)), async ({ ask, sockets }) => {
      const answers = Array.from({ length: 12 }, (_one, index) => ask({ host: `foo-${index}.preview.bar.com` }));
      await until('three are asked', () => waiting.length === 3);
      for (let ended = 0; ended < 12; ended += 1) {
        await until('the next is asked', () => waiting.length > ended);
        waiting[ended]?.writeHead(404).end();
      }
      await Promise.all(answers);
      assert.equal(sockets.size, 3);
    }, { atOnce: 3 });
  });

  test('a connection that the door closes between two questions costs none', async () => {
    await through(saying(404, { connection: 'close' }), async ({ ask }) => {
      for (let times = 0; times < 3; times += 1) assert.deepEqual(await ask(), { kind: 'door', status: 404 });
    });
  });

  test('a cluster without a door', async () => {
    await through(saying(200), async ({ ask }) => {
      assert.deepEqual(await ask({ cluster: 'eu' }), { kind: 'none', why: 'there is none' });
    });
  });
});

describe('doors and programs that mean no good', () => {
  const none = (why: string): DoorAnswer => ({ kind: 'none', why });
  const sockets = (onConnection: (socket: Socket) => void): Server => createSocketServer(onConnection);

  test('an answer’s head that never comes', () => through(answering(() => undefined), async ({ ask }) => {
    assert.deepEqual(await ask(), none('no answer in time'));
  }, { timeoutMs: 150 }));

  test('a head that comes byte by byte', async () => {
    const timers: NodeJS.Timeout[] = [];
    const server = sockets((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      timers.push(setInterval(() => socket.write('x-a: b\r\n'), 20));
    });
    await through(server, async ({ ask }) => {
      assert.deepEqual(await ask(), none('no answer in time'));
    }, { timeoutMs: 300 }).finally(() => {
      for (const timer of timers) clearInterval(timer);
    });
  });

  test('a body that never ends is an answer, and read no further', async () => {
    let sent = 0;
    const gone = Promise.withResolvers<undefined>();
    const server = answering((_request, response) => {
      response.writeHead(200, marked);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16 * 1024, 'x'))) sent += 16;
        sent += 16;
      };
      response.on('drain', more).on('close', () => {
        gone.resolve(undefined);
      });
      more();
    });
    await through(server, async ({ ask }) => {
      assert.deepEqual(await ask(), { kind: 'app', status: 200 });
      await gone.promise;
      assert.ok(sent < 8_192, `${sent} KiB were taken`);
    });
  });

  test('a body of a gigabyte by its own word is not begun', async () => {
    const closed = Promise.withResolvers<undefined>();
    const server = answering((_request, response) => {
      response.on('close', () => {
        closed.resolve(undefined);
      });
      response.writeHead(200, { ...marked, 'content-length': String(2 ** 30) }).write('x');
    });
    await through(server, async ({ ask }) => {
      assert.deepEqual(await ask(), { kind: 'app', status: 200 });
      await closed.promise;
    });
  });

  test('a body that drips is an answer at once, and let go of after a second', async () => {
    const dripping: ServerResponse[] = [];
    const timers: NodeJS.Timeout[] = [];
    const server = answering((_request, response) => {
      dripping.push(response.writeHead(200, marked));
      timers.push(setInterval(() => response.write('x'), 20));
    });
    await through(server, async ({ ways }) => {
      const heard = Promise.withResolvers<DoorAnswer>();
      let over = false;
      const asked = ways.ask(question(), heard.resolve).then(() => {
        over = true;
      });
      assert.deepEqual(await heard.promise, { kind: 'app', status: 200 });
      assert.equal(over, false);
      await asked;
      await until('the connection is closed', () => dripping.every(({ destroyed }) => destroyed));
    }).finally(() => {
      for (const timer of timers) clearInterval(timer);
    });
  });

  test('a connection that is reset', () => through(sockets((socket) => socket.on('data', () => socket.resetAndDestroy())), async ({ ask }) => {
    assert.deepEqual(await ask(), none('the connection was cut'));
  }));

  test('a connection that is closed without a word', () => through(sockets((socket) => socket.on('data', () => socket.end())), async ({ ask }) => {
    assert.deepEqual(await ask(), none('the connection was cut'));
  }));

  test('something that is no HTTP', () => through(sockets((socket) => socket.on('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))), async ({ ask }) => {
    assert.deepEqual(await ask(), none('it does not speak HTTP'));
  }));

  test('more headers than anybody needs', () => through(sockets((socket) => socket.on('data', () => socket.end(`HTTP/1.1 200 OK\r\n${`x-a: ${'b'.repeat(1_000)}\r\n`.repeat(100)}\r\n`))), async ({ ask }) => {
    assert.deepEqual(await ask(), none('its answer has too many headers'));
  }));

  test('nobody there', async () => {
    const server = saying(200);
    await through(server, async ({ ask, ways }) => {
      assert.equal((await ask()).kind, 'app');
      await ways.close();
    });
    const ways = openDoorways({ home: { address: 'http://127.0.0.1:1', headers: {}, insecure: false }, eu: { address: 'http://no-such-host.invalid', headers: {}, insecure: false } }, { atOnce: 1, timeoutMs: 5_000 });
    const heard: DoorAnswer[] = [];
    for (const cluster of ['home', 'eu']) await ways.ask(question({ cluster }), (answer) => heard.push(answer));
    await ways.close();
    assert.deepEqual(heard[0], none('connections are refused'));
    assert.match(JSON.stringify(heard[1]), /its name (is not known|could not be looked up)/);
  });

  test('closing ends a question under way', async () => {
    const asked = Promise.withResolvers<undefined>();
    await through(answering(() => {
      asked.resolve(undefined);
    }), async ({ ways, ask }) => {
      const answer = ask();
      await asked.promise;
      await ways.close();
      assert.equal((await answer).kind, 'none');
    });
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0 ? false : 'there is no openssl to make a certificate with';

describe('a door with TLS', { skip: openssl }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'avant-door-'));
  const path = (name: string): string => join(folder, name);
  const address = 'https://127.0.0.1:0';

  before(() => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=previews', '-addext', 'subjectAltName=DNS:*.preview.bar.com', '-keyout', path('key.pem'), '-out', path('cert.pem')], { stdio: 'ignore' });
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A door with the wildcard's certificate, and for which names it was asked. */
  function tlsDoor(names: string[]): Server {
    return createTlsServer({ key: readFileSync(path('key.pem')), cert: readFileSync(path('cert.pem')) }, (request: IncomingMessage, response) => {
      names.push(String((request.socket as { servername?: string | false }).servername));
      response.writeHead(200, marked).end();
    });
  }

  test('an unknown certificate is told; nothing is asked', async () => {
    const names: string[] = [];
    await through(tlsDoor(names), async ({ ask }) => {
      assert.deepEqual(await ask(), { kind: 'none', why: 'its certificate is not signed by anybody known' });
      assert.deepEqual(names, []);
    }, { address });
  });

  test('unchecked, each host is asked for by its own name', async () => {
    const names: string[] = [];
    await through(tlsDoor(names), async ({ ask }) => {
      for (const one of [host, 'bar-1.preview.bar.com', 'bar-1.preview.bar.com', host]) assert.deepEqual(await ask({ host: one }), { kind: 'app', status: 200 });
      assert.deepEqual(names, [host, 'bar-1.preview.bar.com', 'bar-1.preview.bar.com', host]);
    }, { address, insecure: true, atOnce: 2 });
  });

  test('plain HTTP where TLS is expected', () => through(saying(200), async ({ ask }) => {
    assert.deepEqual(await ask(), { kind: 'none', why: 'it does not speak TLS' });
  }, { address }));

  test('a certificate that is known is held against the host', async () => {
    const names: string[] = [];
    await through(tlsDoor(names), async ({ server }) => {
      const program = path('ask.ts');
      writeFileSync(program, `
        import { openDoorways } from ${JSON.stringify(join(import.meta.dirname, '../../app/io/door/doorways.ts'))};
        const ways = openDoorways({ home: { address: 'https://127.0.0.1:${(server.address() as AddressInfo).port}', headers: {}, insecure: false } }, { atOnce: 1, timeoutMs: 10_000 });
        const heard = [];
        for (const host of ['foo-1.preview.bar.com', 'foo-1.elsewhere.com', 'foo-2.preview.bar.com']) await ways.ask({ cluster: 'home', host, path: '/', marker: '${marker}', version: '' }, (answer) => heard.push(answer));
        console.log(JSON.stringify(heard));
        await ways.close();
      `);
      const { spawn } = await import('node:child_process');
      const child = spawn(process.execPath, [program], { env: { ...process.env, NODE_EXTRA_CA_CERTS: path('cert.pem') }, stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      await once(child, 'close');
      assert.deepEqual(JSON.parse(output), [{ kind: 'app', status: 200 }, { kind: 'none', why: 'its certificate is not for this host' }, { kind: 'app', status: 200 }]);
    }, { address });
  });
});
