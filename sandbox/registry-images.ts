import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { extname, posix } from 'node:path';
import type { Container, Image, Surroundings } from './kubernetes/containers.ts';

type Environment = Readonly<Record<string, string>>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

/** Where the images of commits have their pages, as nginx has: a file that a volume brings there goes before the commit's. */
export const webRoot = '/usr/share/nginx/html';

/** Lines that a container remembers. */
const mostLines = 200;

function access(lines: string[], request: IncomingMessage, path: string, status: number): void {
  lines.push(`${request.method ?? 'GET'} ${JSON.stringify(path)} ${status}`);
  if (lines.length > mostLines) lines.shift();
}

function pathOf(request: IncomingMessage): string {
  const { pathname } = new URL(request.url ?? '/', 'http://container');
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/**
 * Returns an image that serves files as nginx does, with its server side includes on: `<!--#echo var="TENANT" -->` in a page is the
 * environment variable, escaped (nginx.org, ngx_http_ssi_module). Files whose name begins with a dot are not served.
 */
export function filesImage(read: (file: string) => string | undefined): Image {
  return {
    start: (env, { file: mounted }) => {
      const lines: string[] = [];
      const serve = (request: IncomingMessage, response: ServerResponse): void => {
        const asked = pathOf(request);
        const file = posix.normalize(`${asked}${asked.endsWith('/') ? 'index.html' : ''}`).replace(/^\/+/, '');
        const hidden = file.split('/').some((part) => part.startsWith('.'));
        const found = hidden ? undefined : (mounted(`${webRoot}/${file}`) ?? read(file));
        access(lines, request, asked, found === undefined ? 404 : 200);
        if (found === undefined) {
          response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
          response.end(`404: this commit has no file ${file}\n`);
          return;
        }
        const type = contentTypes[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(extname(file) === '.html' ? include(found, env) : found);
      };
      return { serve, logs: () => [...lines] };
    },
  };
}

function include(page: string, env: Environment): string {
  return page.replaceAll(/<!--#echo var="(\w+)"\s*-->/g, (_whole, name: string) => escapeHtml(env[name] ?? '(none)'));
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

export type PartOptions = {
  /** The app of the project that the image is, such as `api`. */
  readonly part: string;
  /** The commit it was built from. */
  readonly sha: string;
  /** Behind the page; a CSS colour. */
  readonly colour?: string;
  /** A word on what this build is. */
  readonly text?: string;
};

/** Variables whose value is nobody's business. */
const confidential = /PASSWORD|SECRET|TOKEN|CREDENTIAL|(^|_)KEY$/i;

/**
 * Returns an image as a pipeline builds it for one app of a project: a page that names its part, its tenant and the values of its
 * environment (not those of passwords and the like), and `ok` at `/healthz`.
 */
export function partImage(options: PartOptions): Image {
  return {
    start: (env) => {
      const lines = [`${options.part} ${options.sha.slice(0, 7)} listens, tenant=${env['TENANT'] ?? ''}`];
      const serve = (request: IncomingMessage, response: ServerResponse): void => {
        const path = pathOf(request);
        access(lines, request, path, 200);
        const healthy = path === '/healthz';
        const type = healthy ? 'text/plain; charset=utf-8' : 'text/html; charset=utf-8';
        response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(healthy ? 'ok\n' : partPage(options, env, path));
      };
      return { serve, logs: () => [...lines] };
    },
  };
}

function partPage({ part, sha, colour = '#334155', text = '' }: PartOptions, env: Environment, path: string): string {
  const rows = Object.entries(env)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}<td>${confidential.test(name) ? '(set)' : escapeHtml(value)}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(part)}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; gap: 1rem; text-align: center; font: 1.1rem/1.5 system-ui, sans-serif; color: #fff; background: ${escapeHtml(colour)}; }
  h1 { margin: 0; font-size: 3.5rem; }
  b { padding: .2rem .9rem; border-radius: 2rem; background: #0004; }
  table { margin: auto; border-spacing: .8rem .1rem; font: .9rem/1.5 ui-monospace, monospace; text-align: left; }
</style>
<h1>${escapeHtml(part)}</h1>
<p>${escapeHtml(text)}</p>
<p>Tenant <b>${escapeHtml(env['TENANT'] ?? '(none)')}</b> commit <b>${escapeHtml(sha.slice(0, 7))}</b> path <b>${escapeHtml(path)}</b></p>
<table>
${rows.join('\n')}
</table>
</html>
`;
}

const migrations = ['001_create_users', '002_create_programs', '003_index_programs'];

/**
 * Returns an image of a tool that runs to its end: it prints what it migrates, a line each `lineMs`, and exits with 0; with the
 * variable FAIL it stops in the middle, prints that as the reason, and exits with 1.
 */
export function migrateImage(lineMs: number): Image {
  const run = async (env: Environment, around: Surroundings, lines: string[]): Promise<{ code: number }> => {
    const words = [...(around.command ?? []), ...(around.args ?? [])].join(' ');
    lines.push(`migrate ${words === '' ? 'up' : words}${env['TENANT'] === undefined ? '' : ` for ${env['TENANT']}`}`);
    for (const [index, migration] of migrations.entries()) {
      await sleep(lineMs, undefined, { ref: false });
      if (index === 1 && (env['FAIL'] ?? '') !== '') {
        lines.push(`${migration}: ERROR ${env['FAIL'] ?? ''}`);
        return { code: 1 };
      }
      lines.push(`${migration}: done`);
    }
    lines.push(`${migrations.length} migrations applied`);
    return { code: 0 };
  };
  return {
    start: (env, around): Container => {
      const lines: string[] = [];
      return { exit: run(env, around, lines), logs: () => [...lines] };
    },
  };
}
