import assert from 'node:assert/strict';
import type { RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type buildConnector } from 'undici';
import type { Container, Image, Surroundings } from '../../sandbox/kubernetes/containers.ts';
import { type SandboxKubernetes, startKubernetes } from '../../sandbox/kubernetes/server.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { type Calls, callsTo, eventually, type KubernetesRig, textAt, type Tree } from './kubernetes-calls.ts';
import { paths, pod } from './kubernetes-objects.ts';

export type SandboxRig = { readonly rig: KubernetesRig; readonly kubernetes: SandboxKubernetes };

/** Starts the sandbox's Kubernetes, with pauses shorter than a person would want them. */
export async function startSandboxRig(): Promise<SandboxRig> {
  const images = new Map<string, 'web' | 'crash'>();
  const pull = (name: string): Promise<Image | undefined> => {
    const kind = images.get(name);
    if (kind === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ start: (env, around) => scriptOf(env, around) ?? containerOf(kind, env) });
  };
  const kubernetes = await startKubernetes({
    port: 0,
    pull,
    namespaceDeletionDelayMs: 100,
    backOffMs: 300,
    secondMs,
  });
  const rig: KubernetesRig = {
    baseUrl: kubernetes.url,
    headers: { authorization: `Bearer ${kubernetes.token}` },
    image(name, kind) {
      images.set(name, kind);
      return Promise.resolve();
    },
    exceedQuota(namespace) {
      kubernetes.trouble.overQuota.add(namespace);
      return Promise.resolve();
    },
    forgetHistory: kubernetes.store.compact,
  };
  return { rig, kubernetes };
}

/** How long a second is for the sandbox in these tests. */
const secondMs = 200;

/** Runs `sh -c` with a script of the few words that the cases use, as the real images' busybox does. */
function scriptOf(env: Readonly<Record<string, string>>, { command = [], file }: Surroundings): Container | undefined {
  const [shell, flag, script] = command;
  if (shell !== 'sh' || flag !== '-c' || script === undefined) return undefined;
  const lines: string[] = [];
  const run = async (): Promise<{ code: number }> => {
    for (const step of script.split(';').map((part) => part.trim())) {
      const [word = '', ...rest] = step.split(' ');
      const text = rest.join(' ').replaceAll(/\$(\w+)/g, (_whole, name: string) => env[name] ?? '');
      if (word === 'echo') lines.push(text);
      else if (word === 'cat')
        lines.push(
          ...(file(text)
            ?.split('\n')
            .filter((line) => line !== '') ?? [`cat: ${text}: No such file`]),
        );
      else if (word === 'sleep') await sleep(Number(text) * secondMs, undefined, { ref: false });
      else if (word === 'exit') return { code: Number(text) };
    }
    return { code: 0 };
  };
  return { exit: run(), logs: () => [...lines] };
}

/** What the images of the real cluster do (test/cluster/images.sh), as far as the cases look. */
function containerOf(kind: 'web' | 'crash', env: Readonly<Record<string, string>>): Container {
  if (kind === 'crash') return { exit: { code: 1 }, logs: () => ['Error: cannot reach the database'] };
  return {
    serve(request, response) {
      const known = ['/', '/cgi-bin/index.cgi'].includes(request.url?.split('?')[0] ?? '');
      response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain' }).end(`tenant=${env['TENANT'] ?? ''}\n`);
    },
    logs: () => [`listens, tenant=${env['TENANT'] ?? ''}`],
  };
}

export type RealRig = { readonly rig: KubernetesRig; readonly ingressAddress: string; close(): Promise<void> };

/** Reaches the cluster of that kubeconfig; without one, starts (or joins) the cluster of test/cluster. */
export async function startRealRig(kubeconfig?: string): Promise<RealRig> {
  const cluster = kubeconfig === undefined ? await startCluster() : undefined;
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig ?? cluster?.kubeconfig ?? '');
  // HTTP/1.1: over HTTP/2, with some sixty calls at once, watches of undici 8.12 fell silent for good.
  const dispatcher = new Agent({ connect: await tlsOf(config), allowH2: false });
  const token = config.getCurrentUser()?.token;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const reached = { baseUrl: config.getCurrentCluster()?.server ?? '', headers, dispatcher };
  const rig: KubernetesRig = {
    ...reached,
    ...(cluster === undefined ? {} : { image: oneAtATime(cluster.tagImage) }),
    async exceedQuota(namespace) {
      const quota = { metadata: { name: 'quota' }, spec: { hard: { pods: '0' } } };
      const { status } = await callsTo(reached).post(paths.quotas(namespace), quota);
      assert.equal(status, 201);
      await untilRefused(callsTo(reached), paths.pods(namespace), pod('probe'), /exceeded quota: quota,/);
    },
    untilRefused: (path, body, says) => untilRefused(callsTo(reached), path, body, says),
    async volumes(storageClassName, count) {
      for (let number = 0; number < count; number += 1) {
        const name = `${storageClassName}-${number}`;
        const spec = { storageClassName, capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] };
        const volume = { metadata: { name }, spec: { ...spec, hostPath: { path: `/tmp/${name}` } } };
        assert.equal((await callsTo(reached).post('/api/v1/persistentvolumes', volume)).status, 201);
      }
    },
  };
  return {
    rig,
    ingressAddress: cluster?.ingressAddress ?? '',
    async close() {
      await dispatcher.close();
      await cluster?.stop();
    },
  };
}

/** Asks by dry runs, which leave nothing behind. */
async function untilRefused(calls: Calls, path: string, object: Tree, says: RegExp): Promise<void> {
  await eventually(
    () => calls.post(`${path}?dryRun=All`, object),
    ({ status, body }) => status === 403 && says.test(textAt(body, 'message')),
  );
}

/** The script that makes images does not take two of them at once. */
function oneAtATime(tagImage: Cluster['tagImage']): Cluster['tagImage'] {
  let last = Promise.resolve();
  return (name, kind) => {
    const next = last.then(() => tagImage(name, kind));
    last = next.catch(() => undefined);
    return next;
  };
}

/** How to reach the API by TLS: its authority, and the user's certificate where that is how they sign in. */
async function tlsOf(config: KubeConfig): Promise<buildConnector.BuildOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized = true } = options;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized };
}
