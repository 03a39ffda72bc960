import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, suite, test } from 'node:test';
import { haproxytechConfig } from '../support/haproxytech-config.ts';
import { haproxyProblem, refusalOf, startHaproxy } from '../support/plain-haproxy.ts';
import { oddText, trafficCase, trafficCases } from '../support/traffic-cases.ts';
import { ask, echoOf, listening, type Answer, type Asking, type Listening } from '../support/traffic-door.ts';
import { toldIngress } from '../support/traffic-ingress.ts';

const problem = haproxyProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);
const host = 'foo-241.preview.bar.com';
const users = { ann: '$6$avantsalt$HThArspf52o5WYYOdIjqOvunT/7IOEDO7JHlOk2kwpD1zrimyNXFTKVwSooc3ZGQsBOcxGUtLE7plqj/2mMq11' };

/**
 * haproxytech's own controller does not run on HAProxy 2.6. What is held here is the configuration that its code makes of our
 * annotations (test/support/haproxytech-config.ts), and what a real HAProxy makes of that.
 */
suite('what haproxytech’s controller writes', { skip }, () => {
  before(() => {
    assert.equal(problem, undefined);
  });

  describe('is taken by a real `haproxy -c`', () => {
    for (const [name, one] of Object.entries(trafficCases)) {
      const [ingress] = toldIngress('haproxytech', one, host).objects;
      if (!ingress) continue;
      test(name, async () => {
        assert.equal(await refusalOf((folder) => haproxytechConfig(ingress, { folder, bind: '127.0.0.1:1', server: '127.0.0.1:2', users })), undefined);
      });
    }
    test('and not what lacks the period of a rate limit', async () => {
      const [ingress] = toldIngress('haproxytech', trafficCases['rate-limit'] ?? trafficCase({}), host).objects;
      assert.ok(ingress);
      const { 'haproxy.org/rate-limit-period': _period, ...annotations } = ingress.metadata.annotations ?? {};
      const without = { ...ingress, metadata: { ...ingress.metadata, annotations } };
      const refusal = await refusalOf((folder) => haproxytechConfig(without, { folder, bind: '127.0.0.1:1', server: '127.0.0.1:2' }));
      assert.match(refusal ?? '', /unable to find table 'http'/);
    });
  });

  describe('does, in a real HAProxy, what the rules say', () => {
    let echo: Listening;
    before(async () => {
      echo = await listening(
        createServer((request, answer) => {
          request.resume();
          request.on('end', () => {
            const { method, url, headers } = request;
            answer.setHeader('x-avant-preview', 'forged');
            answer.end(JSON.stringify({ method, url, headers, bytes: 0 }));
          });
        }),
        '127.0.0.1',
      );
    });
    after(() => {
      for (const socket of echo.sockets) socket.destroy();
      echo.server.close();
    });

    const asked = async (parts: Parameters<typeof trafficCase>[0], asking: Asking = {}, of = host): Promise<Answer> => {
      const [ingress] = toldIngress('haproxytech', trafficCase(parts), host).objects;
      assert.ok(ingress);
      const haproxy = await startHaproxy((folder, bind) => haproxytechConfig(ingress, { folder, bind, server: `127.0.0.1:${echo.port}`, users }));
      try {
        return await ask('127.0.0.1', of, { ...asking, port: haproxy.port });
      } finally {
        await haproxy.close();
      }
    };

    test('headers arrive to the letter, the marker is the door’s word', async () => {
      const answer = await asked({ rules: { noindex: true }, traffic: { requestHeaders: { 'X-Odd': oddText }, responseHeaders: { 'X-Odd': oddText } } });
      assert.deepEqual([answer.status, answer.headers['x-odd'], answer.headers['x-avant-preview'], answer.headers['x-robots-tag']], [200, oddText, 'foo-241', 'noindex']);
      assert.equal(echoOf(answer).headers['x-odd'], oddText);
    });
    test('the marker is not on what the door answers', async () => {
      const access = { kind: 'addresses', addresses: ['203.0.113.0/24'] } as const;
      const kept = await asked({ rules: { access } });
      assert.deepEqual([kept.status, kept.headers['x-avant-preview']], [403, undefined]);
      const nobody = await asked({}, {}, 'nobody.preview.bar.com');
      assert.deepEqual([nobody.status, nobody.headers['x-avant-preview']], [503, undefined]);
    });
    test('a password is asked for, and the app is not told it', async () => {
      const rules = { access: { kind: 'password', secret: { namespace: 'vault', name: 'p' }, realm: 'Previews of Bar' } } as const;
      const refused = await asked({ rules });
      assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Basic realm="Previews-of-Bar"']);
      const let_in = await asked({ rules }, { headers: { authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}` } });
      assert.deepEqual([let_in.status, echoOf(let_in).headers['authorization']], [200, 'withheld']);
    });
    test('the path is replaced', async () => {
      assert.equal(echoOf(await asked({ traffic: { rewrite: '/shop' } }, { path: '/a?b' })).url, '/shop/a?b');
      assert.equal(echoOf(await asked({ traffic: { rewrite: '/' }, paths: ['/api'] }, { path: '/api/a' })).url, '/a');
    });
    test('plain requests are sent to https on its usual port', async () => {
      const sent = await asked({ rules: { tls: true } }, { path: '/a' });
      assert.deepEqual([sent.status, sent.headers.location], [302, `https://${host}:443/a`]);
    });
  });
});
