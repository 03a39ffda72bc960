import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, posix } from 'node:path';
import type { World } from './github/world/world.ts';
import type { Container, Pull } from './kubernetes/containers.ts';

type Repository = ReturnType<World['repositories']>[number];

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

/**
 * Returns a registry that has an image of every commit of every repository, as a pipeline would have pushed it:
 * `<any registry>/[<owner>/]<repository>:<tag>`, where the tag is the commit (7 digits at least), a branch, or `latest` for the
 * default branch. The image is a web server with the commit's files.
 */
export function registryOf(world: World): Pull {
  return (image) => {
    const colon = image.lastIndexOf(':');
    const tagged = colon > image.lastIndexOf('/');
    const [path, tag] = tagged ? [image.slice(0, colon), image.slice(colon + 1)] : [image, 'latest'];
    const [name = '', owner] = path.split('/').reverse();
    const named = world.repositories().filter((repository) => repository.name.toLowerCase() === name);
    const owned = named.filter((repository) => repository.owner.login.toLowerCase() === owner);
    for (const repository of owned.length > 0 ? owned : named) {
      const sha = commitOf(repository, tag);
      if (sha !== undefined) return Promise.resolve({ start: (env) => serveCommit((file) => world.fileAt(repository, sha, file), env) });
    }
    return Promise.resolve(undefined);
  };
}

function commitOf(repository: Repository, tag: string): string | undefined {
  if (/^[0-9a-f]{7,40}$/.test(tag)) {
    const found = [...repository.commits].filter((sha) => sha.startsWith(tag));
    if (found.length === 1) return found[0];
  }
  return repository.branches.get(tag === 'latest' ? repository.defaultBranch : tag);
}

/**
 * Returns a running container that serves files as nginx does, with its server side includes on: `<!--#echo var="TENANT" -->` in a page
 * is the environment variable, escaped (nginx.org, ngx_http_ssi_module). Files whose name begins with a dot are not served.
 */
function serveCommit(read: (file: string) => string | undefined, env: Readonly<Record<string, string>>): Container {
  const lines: string[] = [];
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const asked = decode(new URL(request.url ?? '/', 'http://container').pathname);
    const file = posix.normalize(`${asked}${asked.endsWith('/') ? 'index.html' : ''}`).replace(/^\/+/, '');
    const hidden = file.split('/').some((part) => part.startsWith('.'));
    const found = hidden ? undefined : read(file);
    const status = found === undefined ? 404 : 200;
    lines.push(`${request.method ?? 'GET'} ${JSON.stringify(asked)} ${status}`);
    if (lines.length > 200) lines.shift();
    const type = contentTypes[extname(file)] ?? 'application/octet-stream';
    if (found === undefined) response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(`404: this commit has no file ${file}\n`);
    else response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(extname(file) === '.html' ? include(found, env) : found);
  };
  return { serve, logs: () => [...lines] };
}

function include(page: string, env: Readonly<Record<string, string>>): string {
  return page.replaceAll(/<!--#echo var="(\w+)"\s*-->/g, (_whole, name: string) => escapeHtml(env[name] ?? '(none)'));
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
