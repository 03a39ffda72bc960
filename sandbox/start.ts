import { startEdge } from './edge/server.ts';
import { startGitHub, type GitHubOptions, type SandboxGitHub } from './github/server.ts';
import { startKubernetes, type KubernetesOptions, type SandboxKubernetes } from './kubernetes/server.ts';
import { registryOf } from './registry.ts';

export type SandboxOptions = {
  readonly app: GitHubOptions['app'];
  readonly webhook: GitHubOptions['webhook'];
  /** 0 takes any free port. */
  readonly ports: { readonly github: number; readonly kubernetes: number; readonly edge: number };
  readonly ingressClass: string;
  readonly kubernetes?: Omit<KubernetesOptions, 'port' | 'pull'>;
};

/** A GitHub, a Kubernetes and an edge in this process, joined: what is pushed to the one can be run by the other. */
export type Sandbox = {
  readonly github: SandboxGitHub;
  readonly kubernetes: SandboxKubernetes;
  readonly edge: Awaited<ReturnType<typeof startEdge>>;
  close(): Promise<void>;
};

/** Starts the three; rejects, with nothing left running, when a port is taken. */
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
    const kubernetes = keep(await startKubernetes({ port: options.ports.kubernetes, pull: registryOf(github.world), ...options.kubernetes }));
    const edge = keep(await startEdge({ port: options.ports.edge, ingressClass: options.ingressClass, kubernetes }));
    return { github, kubernetes, edge, close };
  } catch (error) {
    await close();
    throw error;
  }
}
