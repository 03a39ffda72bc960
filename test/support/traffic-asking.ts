import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { createConnection } from 'node:net';
import type { Answer } from './traffic-door.ts';

/** Who has the cookie `office`, or says so, is let through, by its name where it has one. */
export function officeServer(): Server {
  return createServer((request, answer) => {
    const [, name] = /office=(\w*)/.exec(request.headers.cookie ?? request.headers.authorization ?? '') ?? [];
    if (name === undefined) answer.writeHead(401, { 'www-authenticate': 'Office' });
    else answer.writeHead(200, { 'x-other': 'not asked for', ...(name === '' ? {} : { 'x-user': name, 'x-office-user': name }) });
    answer.end();
  });
}

/** Asks so often on one connection, all at once; returns the statuses. */
export function pipelined(address: string, host: string, times: number): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(80, address);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)));
    });
    const one = (last: boolean): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
    socket.write(Array.from({ length: times }, (_, index) => one(index === times - 1)).join(''));
  });
}

/** Sends a request that the app never answers, and lets go of it. */
export function hang(address: string, host: string): void {
  httpRequest({ host: address, port: 80, path: '/hang', headers: { host }, agent: false }).on('error', () => undefined).end();
}

/** Opens a WebSocket, says hello, and is silent until it is ended. */
export function webSocket(address: string, host: string): Promise<{ readonly head: string; readonly echo: string; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(80, address);
    const giveUp = setTimeout(() => socket.destroy(new Error('nobody ended it')), 30_000);
    let text = '';
    socket.on('data', (chunk) => {
      const before = text;
      text += chunk.toString();
      if (!before.includes('\r\n\r\n') && text.includes('\r\n\r\n')) socket.write('hello');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(giveUp);
      const [head = '', echo = ''] = text.split('\r\n\r\n');
      resolve({ head: `${head}\r\n`, echo, ended: true });
    });
    socket.write(`GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
  });
}

/** Asks in HTTP/2 without TLS, as gRPC's clients do. */
export function askHttp2(address: string, host: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const session = http2Connect(`http://${address}`);
    session.on('error', reject);
    const stream = session.request({ ':authority': host, ':path': '/', te: 'trailers' });
    let [status, marker, text]: [unknown, unknown, string] = [0, '', ''];
    stream.on('response', (headers) => ([status, marker] = [headers[':status'], headers['x-avant-preview']]));
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stream.on('error', reject);
    stream.on('end', () => {
      session.close();
      resolve({ status, marker, version: (JSON.parse(text) as { headers: { version: string } }).headers.version });
    });
  });
}

/** The certificate is the controller's own. */
export function askTls(address: string, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpsRequest({ host: address, port: 443, path: '/', servername: host, headers: { host }, rejectUnauthorized: false, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
