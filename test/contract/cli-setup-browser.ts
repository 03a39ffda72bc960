import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../support/avant.ts';
import { command, type Ended } from './cli-process.ts';

/** An `avant setup` that waits, or has ended. */
export type Setup = {
  /** The page that it prints. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything that it printed so far. */
  output(): string;
  ended: Promise<Ended>;
};

/** Starts `avant setup`; returns once it has printed its page, or ended. The environment is all that it is given, beside PATH. */
export async function startSetup(
  argv: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<Setup> {
  const child = spawn(process.execPath, [command, 'setup', ...argv], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...printed }));
  const page = (): string | undefined => /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}/.exec(printed.out)?.[0];
  await until('avant setup waits or ends', () => page() !== undefined || child.exitCode !== null);
  return { url: page() ?? '', process: child, output: () => printed.out + printed.err, ended };
}

export type Form = { readonly action: string; readonly fields: Record<string, string> };

/** Reads the form of a page as a browser does. */
export function formOf(html: string, at: string): Form {
  const form = /<form method="post"[^>]*>[^]*?<button class="main"[^]*?<\/form>|<form method="post"[^>]*>[^]*?<\/form>/.exec(
    html.slice(html.indexOf('<h1>')),
  )?.[0];
  assert.ok(form, html);
  const inputs = [...form.matchAll(/<input [^>]*>/g)].map(([input]) => [valueOf(input, 'name'), valueOf(input, 'value')]);
  return { action: new URL(valueOf(form, 'action'), at).href, fields: Object.fromEntries(inputs) as Record<string, string> };
}

function valueOf(tag: string, attribute: string): string {
  const text = new RegExp(` ${attribute}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return text.replaceAll(/&#(\d+);/g, (_whole, code: string) => String.fromCharCode(Number(code)));
}

/** Presses the button of a form; returns where it leads and what it shows. Redirects are not followed. */
export async function press({ action, fields }: Form): Promise<{ status: number; location: string; html: string }> {
  const answer = await fetch(action, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  return { status: answer.status, location: answer.headers.get('location') ?? '', html: await answer.text() };
}

/** Goes from the page of `avant setup` to GitHub and agrees; returns where GitHub leads back to. */
export async function agree({ url }: Setup, name?: string): Promise<URL> {
  const start = await fetch(url);
  assert.equal(start.status, 200);
  const asked = formOf(await start.text(), url);
  const naming = await press(asked);
  assert.equal(naming.status, 200, naming.html);
  const form = formOf(naming.html, asked.action);
  const agreed = await press({ ...form, fields: { ...form.fields, ...(name === undefined ? {} : { name }) } });
  assert.equal(agreed.status, 303, agreed.html);
  return new URL(agreed.location);
}
