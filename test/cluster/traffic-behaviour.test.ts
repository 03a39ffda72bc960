import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, suite, test } from 'node:test';
import { until } from '../support/avant.ts';
import { askHttp2, askTls, hang, officeServer, pipelined, webSocket } from '../support/traffic-asking.ts';
import { oddText, quiet, trafficCase } from '../support/traffic-cases.ts';
import { echoOf, hostOf, listening, openDoor, type Answer, type Listening, type RealDoor } from '../support/traffic-door.ts';
import { ingressOf, previewFor, throughTheDoor, toldIngress } from '../support/traffic-ingress.ts';
import { clusterProblem } from './cluster.ts';

const problem = clusterProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);
const { queue, timeouts } = quiet;
const credentials = (user: string, password: string): { readonly authorization: string } => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` });
/** `secret`, as `openssl passwd -6` writes it. */
const hash = '$6$avantsalt$HThArspf52o5WYYOdIjqOvunT/7IOEDO7JHlOk2kwpD1zrimyNXFTKVwSooc3ZGQsBOcxGUtLE7plqj/2mMq11';

suite('through the real HAProxy', { skip }, () => {
  let door: RealDoor;
  let office: Listening;
  before(async () => {
    assert.equal(problem, undefined);
    door = await openDoor();
    office = await listening(officeServer(), door.ours);
    await door.secret('vault', 'passwords', `ann::abc\nbob:${hash}\n`);
  });
  after(async () => {
    for (const socket of office.sockets) socket.destroy();
    office.server.close();
    await door.close();
  });

  /** Says that the app answered, and returns what. */
  const ofApp = (answer: Answer, namespace: string, status = 200): Answer => {
    assert.deepEqual([answer.status, answer.headers['x-avant-preview']], [status, namespace], answer.body.slice(0, 200));
    return answer;
  };
  /** Says that the door answered by itself. */
  const ofDoor = (answer: Answer, status: number): Answer => {
    assert.deepEqual([answer.status, answer.headers['x-avant-preview']], [status, undefined], answer.body.slice(0, 200));
    return answer;
  };

  describe('the marker', () => {
    test('is on what the app answers, whatever it is, and is the door’s word', async () => {
      const host = await door.open('marked', {});
      ofApp(await door.ask(host), 'marked');
      ofApp(await door.ask(host, { path: '/forged' }), 'marked');
      for (const status of [204, 302, 404, 500, 503]) ofApp(await door.ask(host, { path: `/?status=${status}` }), 'marked', status);
      // What a visitor sends under its name is not told back.
      assert.equal(echoOf(ofApp(await door.ask(host, { headers: { 'x-avant-preview': 'forged' } }), 'marked')).headers['x-avant-preview'], 'forged');
    });
    test('is not on what the door answers where there is no preview', async () => {
      ofDoor(await door.ask('nobody.preview.bar.com'), 404);
    });
    test('is not on what the door answers where there is no server', async () => {
      await door.place('serverless', undefined);
      const host = hostOf('serverless');
      for (const object of toldIngress('haproxy-ingress', trafficCase({ rules: { marker: 'serverless' } }), host).objects) await door.apply(object);
      await until('the door has the route', async () => (await door.ask(host)).status === 503);
      ofDoor(await door.ask(host), 503);
    });
  });

  describe('rate limit', () => {
    test('more requests than it lets through are answered with 429, also on one connection', async () => {
      const host = await door.open('limited', { traffic: { rateLimit: { requestsPerSecond: 5, except: [] } } });
      await until('the second is over', async () => (await door.ask(host)).status === 200);
      const statuses = await pipelined(door.address, host, 60);
      assert.equal(statuses.length, 60);
      assert.ok(statuses.includes(200) && statuses.filter((status) => status === 429).length >= 40, String(statuses));
    });
    test('addresses that it leaves out are not counted', async () => {
      const host = await door.open('unlimited', { traffic: { rateLimit: { requestsPerSecond: 5, except: [`${door.ours}/32`, 'fd00::/8'] } } });
      assert.deepEqual(new Set(await pipelined(door.address, host, 60)), new Set([200]));
    });
    test('more connections of one address at a time are answered with 429', async () => {
      const host = await door.open('few', { traffic: { connectionsPerAddress: 2, timeouts: { ...timeouts, serverMs: 2_000 } } });
      ofApp(await door.ask(host), 'few');
      // Again and again: a HAProxy that is reloaded begins to count anew.
      await until('there are too many', async () => {
        for (const _ of [1, 2, 3]) hang(door.address, host);
        return (await door.ask(host)).status === 429;
      });
      await until('they are gone', async () => (await door.ask(host)).status === 200);
    });
  });

  describe('who may look', () => {
    test('addresses: others are kept out', async () => {
      ofApp(await door.ask(await door.open('inside', { rules: { access: { kind: 'addresses', addresses: ['203.0.113.0/24', `${door.ours}/32`] } } })), 'inside');
      ofDoor(await door.ask(await door.open('outside', { rules: { access: { kind: 'addresses', addresses: ['203.0.113.0/24'] } } })), 403);
    });

    describe('password', () => {
      const access = { kind: 'password', secret: { namespace: 'vault', name: 'passwords' }, realm: 'Previews of Bar' } as const;
      test('is asked for, and the app is not told it', async () => {
        const host = await door.open('secret', { rules: { access } });
        const asked = ofDoor(await door.ask(host), 401);
        assert.equal(asked.headers['www-authenticate'], 'Basic realm="Previews of Bar"');
        ofDoor(await door.ask(host, { headers: credentials('ann', 'wrong') }), 401);
        for (const given of [credentials('ann', 'abc'), credentials('bob', 'secret')]) assert.equal(echoOf(ofApp(await door.ask(host, { headers: given }), 'secret')).headers['authorization'], undefined);
      });
      test('leaves the app an Authorization of the project’s', async () => {
        const host = await door.open('bearer', { rules: { access }, traffic: { requestHeaders: { Authorization: 'Bearer of the project' } } });
        ofDoor(await door.ask(host), 401);
        assert.equal(echoOf(ofApp(await door.ask(host, { headers: credentials('ann', 'abc') }), 'bearer')).headers['authorization'], 'Bearer of the project');
      });
      test('where its Secret is not there nobody gets in who gives no name', async () => {
        const host = await door.open('lost', { rules: { access: { ...access, secret: { ...access.secret, name: 'none' } } } });
        ofDoor(await door.ask(host), 403);
      });
    });

    describe('asked elsewhere', () => {
      const access = (headers: readonly string[] = [], signin?: string) => ({ kind: 'request', url: `http://${door.ours}:${office.port}/auth`, signin, headers }) as const;
      test('2xx lets through, and with it the headers that are asked for and no visitor’s', async () => {
        const host = await door.open('asked', { rules: { access: access(['X-User', 'Authorization']) } });
        ofDoor(await door.ask(host), 401);
        // A visitor's own is asked about, and goes no further.
        const named = echoOf(ofApp(await door.ask(host, { headers: { authorization: 'office=bob' } }), 'asked'));
        assert.deepEqual([named.headers['x-user'], named.headers['authorization']], ['bob', undefined]);
        const known = echoOf(ofApp(await door.ask(host, { headers: { cookie: 'office=ann', 'x-user': 'forged' } }), 'asked'));
        assert.deepEqual([known.headers['x-user'], known.headers['x-other']], ['ann', undefined]);
        const nameless = echoOf(ofApp(await door.ask(host, { headers: { cookie: 'office=', 'x-user': 'forged' } }), 'asked'));
        assert.equal(nameless.headers['x-user'], undefined);
      });
      test('no spelling of those headers is a visitor’s, since programs tell `-` and `_` not apart', async () => {
        const host = await door.open('spelled', { rules: { access: access(['X-Office-User']) } });
        const forged = { 'x-office-user': 'forged', 'x_office_user': 'forged', 'X-Office_User': 'forged', 'x.office-user': 'forged' };
        const spelled = async (cookie: string) => {
          const { headers } = echoOf(ofApp(await door.ask(host, { headers: { cookie, ...forged } }), 'spelled'));
          return Object.entries(headers).filter(([name]) => /^x.office.user$/.test(name));
        };
        assert.deepEqual(await spelled('office=ann'), [['x-office-user', 'ann']]);
        assert.deepEqual(await spelled('office='), []);
      });
      test('what a project sets on requests does not answer for its visitors', async () => {
        const host = await door.open('cheating', { rules: { access: access() }, traffic: { requestHeaders: { Cookie: 'office=ann' } } });
        ofDoor(await door.ask(host), 401);
      });
      test('who is refused is sent to sign in, and may come back', async () => {
        const host = await door.open('signin', { rules: { access: access([], 'https://auth.bar.com/start?rd=${url}&lang=a%20b') } });
        const { headers } = ofDoor(await door.ask(host, { path: '/a/b?c=d&e=%2F' }), 302);
        const location = new URL(headers.location ?? '');
        assert.deepEqual([location.origin, location.pathname], ['https://auth.bar.com', '/start']);
        assert.deepEqual([...location.searchParams], [['rd', `http://${host}/a/b?c=d&e=%2F`], ['lang', 'a b']]);
        ofApp(await door.ask(host, { headers: { cookie: 'office=ann' } }), 'signin');
      });
      test('where nobody answers nobody gets in', async () => {
        const host = await door.open('unanswered', { rules: { access: { ...access(), url: `http://${door.ours}:9/auth` } } });
        const { status } = await door.ask(host, { headers: { cookie: 'office=ann' } });
        assert.ok(status >= 400, String(status));
        const unknown = await door.open('unknown', { rules: { access: { ...access(), url: 'http://nowhere.invalid/auth' } } });
        ofDoor(await door.ask(unknown, { headers: { cookie: 'office=ann' } }), 403);
      });
    });
  });

  describe('headers', () => {
    test('arrive to the letter, in the place of the visitor’s and the app’s', async () => {
      const odd = { 'X-Odd': oddText, 'Strict_Name-1': 'if', 'X-Double': 'a  b' };
      const host = await door.open('headers', { rules: { noindex: true }, traffic: { requestHeaders: { ...odd, Host: 'elsewhere' }, responseHeaders: { ...odd, 'Content-Type': 'text/x-odd' } } });
      const answer = ofApp(await door.ask(host, { headers: { 'x-odd': ['visitor', 'twice'] } }), 'headers');
      const { headers } = echoOf(answer);
      for (const [name, value] of Object.entries(odd)) {
        assert.equal(headers[name.toLowerCase()], value);
        assert.equal(answer.headers[name.toLowerCase()], value);
      }
      assert.deepEqual([headers['host'], answer.headers['content-type'], answer.headers['x-robots-tag']], ['elsewhere', 'text/x-odd', 'noindex']);
    });
    test('as many as there is room for do not keep large bodies from passing, either way', async () => {
      const full = (letter: string) => Object.fromEntries([1, 2].map((number) => [`${letter}${number}`, letter.repeat(340)]));
      const host = await door.open('brim', { rules: { noindex: true }, traffic: { requestHeaders: full('R'), responseHeaders: full('S') } });
      for (let size = 1_000; size <= 300_000; size = Math.ceil(size * 1.3)) {
        assert.equal(echoOf(ofApp(await door.ask(host, { method: 'POST', body: 'x'.repeat(size) }), 'brim')).bytes, size);
        assert.equal(ofApp(await door.ask(host, { path: `/?size=${size}` }), 'brim').body.length, size);
      }
    });
  });

  describe('queue and balance', () => {
    test('who waits longer than the queue lets is answered with 503', async () => {
      const host = await door.open('queue', { traffic: { queue: { ...queue, maxConnections: 1, timeoutMs: 300 }, timeouts: { ...timeouts, serverMs: 3_000 } } });
      ofApp(await door.ask(host), 'queue');
      await until('the pod has its one request', async () => {
        hang(door.address, host);
        const answer = await door.ask(host);
        if (answer.status === 200) return false;
        ofDoor(answer, 503);
        return true;
      });
      await until('it is free', async () => (await door.ask(host)).status === 200);
    });
    test('who finds the queue full is answered with 503 at once', async () => {
      const forever = 600_000;
      const host = await door.open('crowd', { traffic: { queue: { maxConnections: 1, length: 2, timeoutMs: forever }, timeouts: { ...timeouts, serverMs: forever } } });
      ofApp(await door.ask(host), 'crowd');
      const turnedAway: Answer[] = [];
      for (const _ of [1, 2, 3, 4, 5, 6, 7]) door.ask(host, { path: '/hang' }).then((answer) => turnedAway.push(answer), () => undefined);
      await until('somebody is turned away, and nobody waited for it', () => turnedAway.length >= 2);
      for (const answer of turnedAway) ofDoor(answer, 503);
    });
    for (const [balance, expected] of [['roundrobin', [4, 4]], ['first', [8, 0]], ['source', [8, 0]], ['leastconn', undefined], ['random', undefined]] as const)
      test(balance, async () => {
        const pods = await Promise.all(['one', 'two'].map((name) => listening(createServer((_request, answer) => answer.end(name)), door.ours)));
        try {
          const [first, second] = pods.map(({ port }) => port);
          const namespace = balance;
          await door.place(namespace, first);
          await door.apply({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'more', namespace, labels: { 'kubernetes.io/service-name': 'web' } }, addressType: 'IPv4', ports: [{ name: 'http', port: second ?? 0 }], endpoints: [{ addresses: [door.ours], conditions: { ready: true } }] });
          const host = await door.open(namespace, { traffic: { balance } }, first);
          await until('both are there', async () => (await sectionOf(door, `${balance}_web_${first}`)).split('\n    server ').length === 3);
          // The configuration is written before HAProxy runs by it.
          await until(`eight requests are shared as ${balance} does`, async () => {
            const counted: Record<string, number> = {};
            for (let asked = 0; asked < 8; asked += 1) {
              const { body } = ofApp(await door.ask(host), balance);
              counted[body] = (counted[body] ?? 0) + 1;
            }
            const shares = Object.values(counted).sort((a, b) => b - a);
            // By connections that have not quite ended, or by chance: either pod has some.
            if (expected === undefined) return shares.length === 2;
            return shares[0] === expected[0] && (shares[1] ?? 0) === expected[1];
          });
          assert.match(await sectionOf(door, `${balance}_web_${first}`), new RegExp(`\\n    balance ${balance}\\n`));
        } finally {
          for (const { server, sockets } of pods) {
            server.close();
            for (const socket of sockets) socket.destroy();
          }
        }
      });
  });

  describe('timeouts', () => {
    test('a response that keeps one waiting becomes 504', async () => {
      const host = await door.open('patience', { traffic: { timeouts: { ...timeouts, serverMs: 300 } } });
      ofDoor(await door.ask(host, { path: '/hang' }), 504);
      ofApp(await door.ask(host), 'patience');
    });
    test('a WebSocket passes, and one that is silent for too long ends', async () => {
      const host = await door.open('sockets', { traffic: { timeouts: { ...timeouts, tunnelMs: 300 } } });
      const said = await webSocket(door.address, host);
      assert.match(said.head, /^HTTP\/1\.1 101 /);
      assert.match(said.head, /\r\nx-avant-preview: sockets\r\n/i);
      assert.equal(said.echo, 'hello');
      assert.ok(said.ended);
    });
  });

  describe('paths and protocols', () => {
    test('the path is replaced', async () => {
      const shop = await door.open('shop', { traffic: { rewrite: '/shop' } });
      assert.equal(echoOf(ofApp(await door.ask(shop, { path: '/a?b=/c' }), 'shop')).url, '/shop/a?b=/c');
      const api = await door.open('api', { traffic: { rewrite: '/' }, paths: ['/api', '/v1.2'] });
      for (const [asked, got] of [['/api', '/'], ['/api/', '/'], ['/api/a', '/a'], ['/v1.2/a', '/a']]) assert.equal(echoOf(ofApp(await door.ask(api, { path: asked ?? '' }), 'api')).url, got);
      ofDoor(await door.ask(api, { path: '/other' }), 404);
    });
    test('a body that is too large is answered with 413', async () => {
      const host = await door.open('body', { traffic: { bodyBytes: 1_000 } });
      ofApp(await door.ask(host, { method: 'POST', body: 'x'.repeat(1_000) }), 'body');
      ofDoor(await door.ask(host, { method: 'POST', body: 'x'.repeat(1_001) }), 413);
      ofDoor(await door.ask(host, { method: 'POST', body: Buffer.alloc(300_000) }), 413);
    });
    for (const protocol of ['h2', 'grpc'] as const)
      test(`${protocol}: the app is spoken to in HTTP/2`, async () => {
        const host = await door.open(protocol, { traffic: { protocol } }, door.echo2);
        assert.equal(echoOf(ofApp(await door.ask(host), protocol)).headers['version'], '2.0');
        assert.deepEqual(await askHttp2(door.address, host), { status: 200, marker: protocol, version: '2.0' });
      });
    test('http1: the app is spoken to in HTTP/1.1', async () => {
      ofApp(await door.ask(await door.open('http1', { traffic: { protocol: 'http1' } })), 'http1');
    });
  });

  describe('TLS', () => {
    test('plain requests are sent to https, where no browser is told to stay', async () => {
      const host = await door.open('tls', { rules: { tls: true } });
      const sent = ofDoor(await door.ask(host, { path: '/a?b' }), 302);
      assert.equal(sent.headers.location, `https://${host}/a?b`);
      const answer = await askTls(door.address, host);
      ofApp(answer, 'tls');
      assert.equal(answer.headers['strict-transport-security'], undefined);
    });
    test('without it nobody is sent, and HSTS of the app is taken away', async () => {
      const answer = ofApp(await door.ask(await door.open('plain', {})), 'plain');
      assert.equal(answer.headers['strict-transport-security'], undefined);
    });
  });

  test('every form of the class is taken, also one after the other', async () => {
    const name = 'forms';
    await door.place(name, door.echo);
    const rules = { ...trafficCase({}).rules, marker: name };
    for (const form of ['annotation', 'both', 'field', 'annotation'] as const) {
      const preview = previewFor('haproxy-ingress', name, [{ host: hostOf(name), rules }]);
      const { objects } = throughTheDoor({ ...preview, ingress: { ...preview.ingress, form } }, [ingressOf(hostOf(name))]);
      for (const object of objects) await door.apply(object);
      await until(`the door takes the class as ${form}`, async () => (await door.ask(hostOf(name))).status === 200);
    }
  });

  test('`haproxy -c` takes all of it', async () => {
    assert.equal(await door.refusal(), undefined);
  });
});

async function sectionOf(door: RealDoor, name: string): Promise<string> {
  return (await door.configuration()).split(/\n(?=\S)/).find((text) => text.startsWith(`backend ${name}\n`)) ?? '';
}
