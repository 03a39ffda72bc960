import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { connect, loadKubeConfig, type Connection } from '../../app/io/kubernetes/connection.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import type { FileContent } from '../../sandbox/github/world/git.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { get } from './asking.ts';
import { app, freePort, startAvant, until, webhookSecret, type Avant } from './avant.ts';

/** A real cluster, a real Avant, and the sandbox's GitHub. */
export type RealWorld = {
  readonly github: SandboxGitHub;
  readonly cluster: Cluster;
  readonly avant: Avant;
  /** The cluster's API, as its administrator. */
  readonly api: Connection;
  close(): Promise<void>;
};

/** The registry of all images: the platform lists it, nobody listens there, and the node has what `push` made. */
export const registry = 'localhost:1';

/** Starts all three, with an avant.yaml that may depend on where the cluster is; what fails to start leaves nothing behind. */
export async function startRealWorld(platform: string | ((cluster: Cluster) => string)): Promise<RealWorld> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const cluster = await startCluster();
    closing.push(cluster.stop);
    const port = await freePort();
    const github = await startGitHub({ port: 0, app, webhook: { url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: webhookSecret } });
    closing.push(() => github.close());
    const api = connect(loadKubeConfig(cluster.kubeconfig), { monotonicMs: () => performance.now() });
    closing.push(() => api.close());
    const avant = await startAvant({ github: github.url, kubeconfig: cluster.kubeconfig, platform: typeof platform === 'string' ? platform : platform(cluster), port });
    closing.push(() => avant.stop());
    return { github, cluster, avant, api, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export type Files = Readonly<Record<string, FileContent | null>>;

/** A repository of an organization of its own, so that tests share no budget of writes. */
export type RealProject = {
  readonly repo: string;
  /** Commits and makes the commit's image, as a pipeline would; returns the commit. `repo` may be a fork. */
  push(branch: string, files?: Files, repo?: string): Promise<string>;
  /** Opens a pull request of a new branch and puts the label on; returns the commit and its number. */
  open(branch: string, files?: Files, label?: string): Promise<{ readonly sha: string; readonly number: number }>;
  /** Our comment; empty while there is none. Throws when there are several. */
  comment(number: number): string;
};

/** Makes a repository `org-<name>/<name>`. */
export function makeProject({ github: { world }, cluster }: RealWorld, name: string, files: Files = {}): RealProject {
  const repo = `org-${name}/${name}`;
  world.createInstallation(`org-${name}`);
  world.createRepository({ owner: `org-${name}`, name, private: true, files: { 'README.md': `# ${name}\n`, ...texts(files) } });
  let pushes = 0;
  const push: RealProject['push'] = async (branch, changes = {}, to = repo) => {
    pushes += 1;
    // In a fork by its owner; the image is there before anybody knows of the commit, as `waitFor` would see to.
    const sha = world.commit(to, branch, { 'push.txt': `${pushes}`, ...changes }, branch, to === repo ? undefined : to.split('/')[0]);
    await cluster.tagImage(`${registry}/web:${sha}`);
    return sha;
  };
  return {
    repo,
    push,
    open: async (branch, changes, label = 'cd/preview') => {
      const sha = await push(branch, changes);
      const number = world.openPullRequest({ repo, head: branch, title: branch });
      world.addLabel(repo, number, label);
      return { sha, number };
    },
    comment: (number) => {
      const ours = world.pullRequest(repo, number).comments.filter(({ author }) => author.login === `${app.slug}[bot]`);
      assert.ok(ours.length <= 1, `${ours.length} comments`);
      return ours[0]?.body ?? '';
    },
  };
}

function texts(files: Files): Record<string, string> {
  return Object.fromEntries(Object.entries(files).flatMap(([path, content]) => (typeof content === 'string' ? [[path, content]] : [])));
}

/** Waits until a host answers 200 with a body that has the text. */
export async function answers({ cluster }: RealWorld, host: string, text: string, deadlineMs = 90_000): Promise<void> {
  let last = '';
  await until(`${host} answers with "${text}"`, async () => {
    const { status, body } = await get(cluster.ingressAddress, host);
    last = `${status} ${body}`;
    return status === 200 && body.includes(text);
  }, deadlineMs).catch((error: unknown) => {
    throw new Error(`${String(error)}; the last answer was ${last}`, { cause: error });
  });
}

/** Asks a host again and again until it is stopped; then returns how often it gave which answer, such as `200`. */
export function askAgainAndAgain({ cluster }: RealWorld, host: string): { stop(): Promise<Readonly<Record<string, number>>> } {
  const counts: Record<string, number> = {};
  const stopped = new AbortController();
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      const { status } = await get(cluster.ingressAddress, host);
      counts[status] = (counts[status] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await loop;
      return counts;
    },
  };
}

/** Returns the objects at a collection's path, such as `/api/v1/pods`; none where the namespace is gone. */
export async function list<T extends KubernetesObject = KubernetesObject>({ api }: RealWorld, path: string): Promise<readonly T[]> {
  return ((await api.call({ method: 'GET', path })) as { items: T[] }).items;
}

/** Returns the pods of a namespace that are not going, by name. */
export async function podsIn(world: RealWorld, namespace: string): Promise<readonly (KubernetesObject & { readonly spec: PodSpec })[]> {
  const pods = await list<KubernetesObject & { readonly spec: PodSpec }>(world, `/api/v1/namespaces/${namespace}/pods`);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

type PodSpec = {
  readonly volumes?: readonly { readonly name: string }[];
  readonly containers: readonly { readonly resources: { readonly limits?: Readonly<Record<string, string>> }; readonly securityContext?: Readonly<Record<string, unknown>> }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
};

/** A call that changes something, as the API server's audit log has it. */
export type Write = { readonly verb: string; readonly at: string; readonly resource: string; readonly namespace: string; readonly name: string };

type AuditLine = { verb: string; stageTimestamp: string; user: { username: string }; objectRef?: { resource?: string; namespace?: string; name?: string } };

/** Returns where the audit log ends now, for `writesSince`. */
export function auditMark({ cluster }: RealWorld): number {
  return statSync(cluster.auditLog).size;
}

/** Returns what clients of the cluster wrote since then, in the order in which the calls ended. */
export function writesSince({ cluster }: RealWorld, mark: number): readonly Write[] {
  const text = readFileSync(cluster.auditLog).subarray(mark).toString('utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))
    .map(({ verb, stageTimestamp, objectRef = {} }) => ({ verb, at: stageTimestamp, resource: objectRef.resource ?? '', namespace: objectRef.namespace ?? '', name: objectRef.name ?? '' }));
}

/** Whether a write made or changed a preview: its namespace, or anything in it. */
export function isOfPreview(namespace: string): (write: Write) => boolean {
  return (write) => write.namespace === namespace || (write.resource === 'namespaces' && write.name === namespace);
}
