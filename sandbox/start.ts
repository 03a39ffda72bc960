import { startEdge } from './edge/server.ts';
import { startGitHub, type GitHubOptions, type SandboxGitHub } from './github/server.ts';
import { startKubernetes, type KubernetesOptions, type SandboxKubernetes } from './kubernetes/server.ts';
import { createRegistry, type RegistryOptions, type SandboxRegistry } from './registry.ts';
import { startRegistryServer, type RegistryServer } from './registry-server.ts';

export type SandboxOptions = {
  readonly app: GitHubOptions['app'];
  readonly webhook: GitHubOptions['webhook'];
  /** 0 takes any free port, and is what the registry gets unless told. */
  readonly ports: { readonly github: number; readonly kubernetes: number; readonly edge: number; readonly registry?: number };
  readonly ingressClass: string;
  readonly kubernetes?: Omit<KubernetesOptions, 'port' | 'pull'>;
  readonly registry?: RegistryOptions;
};

/** A GitHub, a registry, a Kubernetes and an edge in this process, joined: what is pushed to the one can be run by the other. */
export type Sandbox = {
  readonly github: SandboxGitHub;
  /** What is in the registry; `registryServer` is where Avant asks it. */
  readonly registry: SandboxRegistry;
  readonly registryServer: RegistryServer;
  readonly kubernetes: SandboxKubernetes;
  readonly edge: Awaited<ReturnType<typeof startEdge>>;
  close(): Promise<void>;
};

/** Starts them; rejects, with nothing left running, when a port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.unshift(part);
    return part;
  };
  const close = async (): Promise<void> => {
    for (const part of opened) await part.close();
  };
  try {
    const github = keep(await startGitHub({ port: options.ports.github, app: options.app, webhook: options.webhook }));
    const registry = createRegistry(github.world, options.registry);
    const registryServer = keep(await startRegistryServer({ port: options.ports.registry ?? 0, registry }));
    const kubernetes = keep(await startKubernetes({ port: options.ports.kubernetes, pull: registry.pull, ...options.kubernetes }));
    const edge = keep(await startEdge({ port: options.ports.edge, ingressClass: options.ingressClass, kubernetes }));
    return { github, registry, registryServer, kubernetes, edge, close };
  } catch (error) {
    await close();
    throw error;
  }
}
