import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { serveAdmin } from '../../app/http/admin.ts';

describe('probes and metrics', () => {
  let unready: string | undefined;
  let admin: Awaited<ReturnType<typeof serveAdmin>>;
  before(async () => {
    const metrics = (): Promise<{ type: string; text: string }> => (unready === 'broken' ? Promise.reject(new Error('no')) : Promise.resolve({ type: 'text/plain', text: 'a 1\n' }));
    admin = await serveAdmin({ host: '127.0.0.1', port: 0, unready: () => unready, metrics });
  });
  after(() => admin.close());

  /** Sends a request line as it is, which no client library would. */
  function ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(admin.port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`));
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      socket.on('end', () => {
        resolve(answer);
      });
      socket.on('error', reject);
    });
  }

  test('tells of health, readiness and metrics', async () => {
    assert.match(await ask('/healthz'), /^HTTP\/1.1 200[^]*ok/);
    assert.match(await ask('/readyz?verbose'), /^HTTP\/1.1 200/);
    assert.match(await ask('/metrics'), /^HTTP\/1.1 200[^]*a 1/);
    unready = 'waiting for the cluster';
    assert.match(await ask('/readyz'), /^HTTP\/1.1 503[^]*waiting for the cluster/);
    unready = 'broken';
    assert.match(await ask('/metrics'), /^HTTP\/1.1 500/);
    unready = undefined;
  });

  test('whatever the path, the process stays', async () => {
    for (const path of ['//', '/%', 'http://[', '*', '/healthz/..']) assert.match(await ask(path), /^HTTP\/1.1 40[04]/, path);
    assert.match(await ask('/healthz'), /^HTTP\/1.1 200/);
  });
});
