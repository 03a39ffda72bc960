import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { configText } from '../../app/core/traffic/config-text.ts';
import { haproxyProblem, startHaproxy } from '../support/plain-haproxy.ts';
import { snippetLines } from '../support/haproxy-words.ts';
import { oddText } from '../support/traffic-cases.ts';
import { ask, echoOf, listening } from '../support/traffic-door.ts';

const problem = haproxyProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);

suite('text in a real HAProxy', { skip }, () => {
  test('is the same on requests and responses, whatever shows in it', async () => {
    assert.equal(problem, undefined);
    const shows = fc.stringMatching(/^[!-~]([ -~]{0,200}[!-~])?$/);
    const each = Array.from({ length: 0x7f - 0x21 }, (_, index) => String.fromCharCode(0x21 + index));
    const pairs = each.flatMap((character) => ['%', '\\', '$', '"', "'"].map((before) => `${before}${character}`));
    const values = [oddText, ...each, ...pairs, ...fc.sample(shows, 300)];
    const backend = (value: string, index: number): readonly string[] => [
      `backend b${index}`,
      ...snippetLines([`http-request set-header X-Text "${configText(value)}"`, `http-response set-header X-Text "${configText(value)}"`].join('\n')),
      '  server s 127.0.0.1:PORT',
    ];
    const echo = await listening(
      createServer((request, answer) => {
        answer.end(JSON.stringify({ headers: request.headers }));
      }),
      '127.0.0.1',
    );
    const haproxy = await startHaproxy((_folder, bind) => ({
      files: {},
      text: [
        'defaults', '  mode http', '  timeout client 20s', '  timeout server 20s', '  timeout connect 5s',
        'frontend f', `  bind ${bind}`, '  use_backend %[req.hdr(x-backend)]',
        ...values.flatMap(backend).map((line) => line.replace('PORT', String(echo.port))),
        '',
      ].join('\n'),
    }));
    try {
      for (const [index, value] of values.entries()) {
        const answer = await ask('127.0.0.1', 'a', { port: haproxy.port, headers: { 'x-backend': `b${index}` } });
        assert.deepEqual([echoOf(answer).headers['x-text'], answer.headers['x-text']], [value, value]);
      }
    } finally {
      await haproxy.close();
      for (const socket of echo.sockets) socket.destroy();
      echo.server.close();
    }
  });
});
