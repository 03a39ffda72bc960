import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import type { Changes } from '../../sandbox/github/world/git.ts';
import type { Delivery } from '../../sandbox/github/webhooks/deliveries.ts';
import type { KubernetesOptions } from '../../sandbox/kubernetes/server.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { app, freePort, startAvant, webhookSecret, type Avant } from './avant.ts';

export type World = Sandbox['github']['world'];

export type PlatformOptions = {
  /** Further lines of avant.yaml. */
  readonly yaml?: string;
  readonly kubernetes?: Omit<KubernetesOptions, 'port' | 'pull'>;
  readonly env?: Readonly<Record<string, string>>;
};

export const tenants = ['fr', 'be', 'hr', 'hu'] as const;
export const label = 'cd/preview';

/** A whole platform: the sandbox in this process, and the real Avant in one of its own. */
export type Platform = Sandbox & {
  readonly world: World;
  /** The Avant that runs now; `boot` makes another. */
  readonly avant: () => Avant;
  /** Starts Avant anew on the same ports, after `avant().kill()` or `.stop()`. */
  boot(): Promise<Avant>;
  /** Starts a second Avant beside it, as there is for a moment when a newer version comes; to be ended before `close`. */
  beside(): Promise<Avant>;
  /** A repository of an account of its own, so that scenarios share no budget of writes; returns how to act on it. */
  project(name: string, options?: ProjectOptions): Project;
  /** Those of the scenario that runs now. */
  projects(): readonly Project[];
  /** Begins another scenario: the projects so far are looked at no more. */
  turnPage(): void;
  /** What Avant printed, for the message of a failure. */
  output(): string;
  close(): Promise<void>;
};

export type ProjectOptions = {
  readonly config?: string;
  readonly private?: boolean;
  /** What the installation grants, such as an older version of the App asked for; everything unless told. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
};

export type Project = {
  /** `owner/name` at the beginning; GitHub follows it after a rename. */
  readonly repo: string;
  /** The app's name: it outlives a rename. */
  readonly app: string;
  readonly nodeId: string;
  /** Commits something new to a branch (made where it is missing); returns the sha. */
  push(branch: string, files?: Changes): string;
  /** Opens a pull request of a new branch; returns its number. */
  open(branch: string, files?: Changes): number;
};

/** Returns a project config whose image is the commit's, with further or other lines. */
export function configOf(repo: string, lines = ''): string {
  return `image: registry.test/${repo}:\${sha}
service: { name: web, port: { name: nginx, number: 8080 } }
env: { TENANT: "\${tenant}", SHA: "\${sha}" }
${lines}`;
}

/** Starts everything; the sandbox is quick (a Terminating namespace lasts 150 ms) and Avant resyncs as often as it may. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const port = await freePort();
  const sandbox = await startSandbox({
    app,
    webhook: { url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: webhookSecret },
    ports: { github: 0, kubernetes: 0, edge: 0 },
    ingressClass: 'haproxy-v1',
    kubernetes: { namespaceDeletionDelayMs: 150, stepMs: 2, backOffMs: 200, secondMs: 20, ...options.kubernetes },
  });
  const platform = `domain: preview.test
url: http://\${host}
tenants: { ${tenants.map((tenant) => `${tenant}: {}`).join(', ')} }
resync: 10s
${options.yaml ?? ''}`;
  const start = (at: { port?: number }): Promise<Avant> =>
    startAvant({ github: sandbox.github.url, kubeconfig: sandbox.kubernetes.kubeconfig, platform, env: { LOG_LEVEL: 'info', ...options.env }, ...at });
  const avants: Avant[] = [];
  let projects: Project[] = [];
  const newest = (): Avant => {
    const avant = avants.at(-1);
    assert.ok(avant);
    return avant;
  };
  const boot = async (): Promise<Avant> => {
    avants.push(await start({ port }));
    return newest();
  };
  const { world } = sandbox.github;
  await boot().catch(async (error: unknown) => {
    await sandbox.close();
    throw error;
  });
  return {
    ...sandbox,
    world,
    avant: newest,
    boot,
    beside: () => start({}),
    project: (name, projectOptions = {}) => {
      const project = newProject(world, name, projectOptions);
      projects.push(project);
      return project;
    },
    projects: () => projects,
    turnPage: () => {
      projects = [];
      sandbox.github.faults.clear();
      sandbox.kubernetes.faults.clear();
    },
    output: () => avants.map((avant) => avant.output()).join('\n--- started again ---\n'),
    close: async () => {
      const { process } = newest();
      if (process.exitCode === null && process.signalCode === null) await newest().stop();
      await sandbox.close();
    },
  };
}

let pushes = 0;

function newProject(world: World, name: string, options: ProjectOptions): Project {
  const repo = `org-${name}/${name}`;
  world.createInstallation(`org-${name}`, options.permissions ? { permissions: { ...options.permissions } } : {});
  const config = options.config ?? configOf(repo);
  const page = 'index.html <!--#echo var="TENANT" -->';
  const { nodeId } = world.createRepository({
    owner: `org-${name}`,
    name,
    private: options.private ?? true,
    files: { 'index.html': page, '.cloud/preview.yaml': config },
  });
  // As most repositories have it: then the label's making takes nothing of the scenario's budget.
  world.createLabel(repo, { name: label });
  const push: Project['push'] = (branch, files = {}) => {
    pushes += 1;
    return world.commit(repo, branch, { 'push.txt': String(pushes), 'index.html': `push ${pushes} for <!--#echo var="TENANT" -->`, ...files });
  };
  const open: Project['open'] = (branch, files = {}) => {
    push(branch, files);
    return world.openPullRequest({ repo, head: branch, title: branch });
  };
  return { repo, app: name, nodeId, push, open };
}

/** Asks the edge for a host's page. */
export function visit(platform: Platform, host: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: platform.edge.port, path: '/', headers: { host }, agent: false, timeout: 5_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', reject);
    request.end();
  });
}

type Edited = { metadata: Record<string, unknown>; spec: Record<string, unknown> };

/** Changes an object as somebody with kubectl would: reads it, changes it, puts it back. Tries again when another was faster. */
export async function editByHand(platform: Platform, path: string, change: (object: Edited) => void): Promise<void> {
  const { url, token } = platform.kubernetes;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let tries = 0; tries < 10; tries += 1) {
    const object = (await (await fetch(url + path, { headers })).json()) as Edited;
    change(object);
    const answer = await fetch(url + path, { method: 'PUT', headers, body: JSON.stringify(object) });
    if (answer.ok) return;
    assert.equal(answer.status, 409, await answer.text());
  }
  assert.fail(`${path} could not be changed`);
}

/** Deletes an object as somebody with kubectl would. */
export async function deleteByHand(platform: Platform, path: string): Promise<void> {
  const { url, token } = platform.kubernetes;
  const answer = await fetch(url + path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, await answer.text());
}

/** Returns the newest delivery of an event that fits. */
export function delivery(platform: Platform, fits: (delivery: Delivery) => boolean): Delivery {
  const found = platform.github.deliveries.all().findLast(fits);
  assert.ok(found, 'no such delivery');
  return found;
}

/** Requests that change something in the cluster, as Avant makes them. */
export function clusterWrites(platform: Platform): readonly string[] {
  return platform.kubernetes.requests
    .list()
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);
}

/** Requests that change something on GitHub, as Avant makes them. */
export function githubWrites(platform: Platform): readonly string[] {
  return platform.github.requests
    .list()
    .filter(({ method, as, path }) => as === 'installation' && method !== 'GET' && !path.includes('graphql'))
    .map(({ method, path }) => `${method} ${path}`);
}
