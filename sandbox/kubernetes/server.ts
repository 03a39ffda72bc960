import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomBytes, randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Pull, ServingContainer } from './containers.ts';
import { startDeploymentController } from './deployment-controller.ts';
import { readyContainers } from './endpoints.ts';
import { createFaults, type Faults } from './faults.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { createHandler } from './handler.ts';
import { startJobController } from './job-controller.ts';
import { startKubelet } from './kubelet.ts';
import { startNamespaceController } from './namespace-controller.ts';
import type { Ingress } from './objects.ts';
import { startProber } from './probes.ts';
import { startQuotaController } from './quota-controller.ts';
import { createRequestLog, type RequestLog } from './requests.ts';
import { ingresses, namespaces } from './resources.ts';
import { startStatefulSetController } from './stateful-set-controller.ts';
import { startStorageController } from './storage-controller.ts';
import { createStore, type Store } from './store.ts';
import { createWatches, type Watches } from './watch.ts';
import { create } from './writes.ts';

export type KubernetesOptions = {
  /** Where the API listens on 127.0.0.1; 0 for any free port. */
  readonly port: number;
  /** The registry: what is under an image's name. Undefined is ErrImagePull, then ImagePullBackOff. */
  readonly pull: Pull;
  /** Milliseconds from a namespace's deletion until its contents go (a real cluster: about 5 s). Default 1000. */
  readonly namespaceDeletionDelayMs?: number;
  /** Milliseconds that scheduling, making and starting a container take each. Default 15. */
  readonly stepMs?: number;
  /** Milliseconds before a failed pull or a crashed container is tried again (a real kubelet: 10 s, then doubling). Default 2000. */
  readonly backOffMs?: number;
  /** Milliseconds that a second of probe periods, of progressDeadlineSeconds and of a Job's times lasts. Default 1000. */
  readonly secondMs?: number;
  /** Writes that are remembered for watches and pages. Default 10000. */
  readonly history?: number;
};

export type SandboxKubernetes = {
  readonly url: string;
  readonly port: number;
  /** A kubeconfig file's text. */
  readonly kubeconfig: string;
  /** The bearer token that the API asks for; it is in the kubeconfig too. */
  readonly token: string;
  readonly store: Store;
  /** Ready containers behind a Service's port (name or number); undefined when there is no such Service or port. */
  endpoints(namespace: string, service: string, port: string | number): ServingContainer[] | undefined;
  ingresses(): Ingress[];
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly watches: Watches;
  /** Namespaces to which something is wrong: put a name in, take it out. */
  readonly trouble: { readonly overQuota: Set<string>; readonly unschedulable: Set<string> };
  /** Ends every connection, timer and container. */
  close(): Promise<void>;
};

/** Starts the API server with its controllers and one node's kubelet; rejects when the port is taken. */
export async function startKubernetes(options: KubernetesOptions): Promise<SandboxKubernetes> {
  const { stepMs = 15, backOffMs = 2000, secondMs = 1000 } = options;
  const store = createStore(options.history ?? 10_000);
  const trouble = { overQuota: new Set<string>(), unschedulable: new Set<string>() };
  const { log, add } = createRequestLog();
  const { faults, take } = createFaults();
  const { watches, all } = createWatches();
  const token = randomBytes(16).toString('hex');
  const { overQuota, unschedulable } = trouble;
  const allocateAddress = (): string => `10.96.${randomInt(256)}.${randomInt(1, 255)}`;
  const context = { store, overQuota, allocateAddress };

  const prober = await startProber();
  const kubelet = startKubelet({ store, pull: options.pull, prober, stepMs, backOffMs, secondMs, unschedulable });
  const controllers = [
    startDeploymentController({ store, secondMs, overQuota }),
    startStatefulSetController({ store, overQuota }),
    startJobController({ store, overQuota, secondMs, backOffMs }),
    startQuotaController(store, stepMs),
    startStorageController(store, stepMs),
    startNamespaceController(store, options.namespaceDeletionDelayMs ?? 1000),
    startGarbageCollector(store),
    kubelet,
  ];
  for (const name of ['default', 'kube-system'])
    create(context, namespaces, undefined, { metadata: { name } }, 'kube-apiserver');

  const handler = createHandler({ context, kubelet, token, add, take, watches: all });
  const stop = async (): Promise<void> => {
    for (const controller of controllers) controller.stop();
    await prober.close();
  };
  const { port, close } = await listen(handler, options.port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    token,
    kubeconfig: kubeconfigOf(url, token),
    store,
    endpoints: (namespace, service, at) => readyContainers(store, kubelet, namespace, service, at),
    ingresses: () => store.list(ingresses) as Ingress[],
    requests: log,
    faults,
    watches,
    trouble,
    async close() {
      await Promise.all([stop(), close()]);
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(handler: Handler, wanted: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new Error(`the sandbox's Kubernetes API cannot listen on 127.0.0.1:${wanted}: give it another port`, {
          cause: error,
        }),
      );
    });
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
}

function kubeconfigOf(url: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: sandbox
  cluster:
    server: ${url}
    # The client library takes plain HTTP only with this; there is no TLS to verify.
    insecure-skip-tls-verify: true
users:
- name: sandbox
  user:
    token: ${token}
contexts:
- name: sandbox
  context:
    cluster: sandbox
    user: sandbox
current-context: sandbox
`;
}
