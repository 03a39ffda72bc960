import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/** `real`: kubelet and containers. `kwok`: a pretended node, cheap at 1,000 previews, which says nothing about containers. */
export type ClusterMode = 'real' | 'kwok';

/** What an image made by `tagImage` does: `web` answers `/` on 8080, `crash` ends with an error at its start. */
export type ImageKind = 'web' | 'crash';

/**
 * Without an ingress controller port 80 is free, for a test that installs one; that is another cluster than the one with it, and both
 * may be up.
 */
export type ClusterOptions = { readonly ingress?: 'haproxy' | 'none' };

/** An image that `images-build.sh` makes. */
export type StockImage = 'avant' | 'sandbox' | 'haproxy-ingress' | 'redis';

/** A running one-node cluster, see README.md beside this file. */
export type Cluster = {
  /** Path of a kubeconfig for the user `admin`, whose calls (and nobody else's but service accounts') are audited. */
  readonly kubeconfig: string;
  /** Path of a kubectl, of the cluster's version. */
  readonly kubectl: string;
  /** The node's address: where HAProxy listens, on port 80, and where pods' host ports are. */
  readonly ingressAddress: string;
  /** Path of kube-apiserver's audit log: one JSON object a line, written when a call ends. */
  readonly auditLog: string;
  /**
   * Makes the image exist on the node, as a push to a registry would. `name` is `host/path:tag`. Does nothing in kwok mode.
   * @throws when the name has no host part or tag, or no cluster is up.
   */
  readonly tagImage: (name: string, kind?: ImageKind) => Promise<void>;
  /**
   * Puts images on the node, made first where need be (a minute or two from nothing, ~10 s after a change); returns their references.
   * `avant` is this checkout's, as its Dockerfile says.
   */
  readonly installImages: <Name extends StockImage>(...names: readonly Name[]) => Promise<Readonly<Record<Name, string>>>;
  /** Gives the cluster back. The last process to do so takes it down, unless a person started it with up.sh. */
  readonly stop: () => Promise<void>;
};

const run = promisify(execFile);
const script = (name: string): string => path.join(import.meta.dirname, name);
const environment = (mode: ClusterMode, { ingress }: ClusterOptions): NodeJS.ProcessEnv => ({
  ...process.env,
  AVANT_CLUSTER_MODE: mode,
  ...(ingress === undefined ? {} : { AVANT_CLUSTER_INGRESS: ingress }),
});
let leases = 0;

/** Why a cluster cannot run on this machine, in one line with the mend; undefined when it can. */
export function clusterProblem(): string | undefined {
  if (process.platform !== 'linux') return `cluster: needs Linux, this is ${process.platform}`;
  const check = spawnSync(script('install.sh'), ['--check'], { encoding: 'utf8' });
  if (check.error) return `cluster: ${check.error.message}`;
  return check.status === 0 ? undefined : check.stderr.trim() || `cluster: install.sh --check ended with ${check.status ?? 'a signal'}`;
}

/**
 * A healthy cluster: the one that runs, whoever started it, else a fresh one (~6 s; a minute on a busy machine).
 * Every call is a lease of its own, to be given back with `stop`; test files that run side by side share one cluster.
 * @throws with the scripts' own words when it cannot be started.
 */
export async function startCluster(mode: ClusterMode = 'real', options: ClusterOptions = {}): Promise<Cluster> {
  leases += 1;
  const lease = `${process.pid}.${leases}`;
  const env = environment(mode, options);
  const { stdout } = await run(script('up.sh'), [mode], { env: { ...env, AVANT_CLUSTER_LEASE: lease } });
  const facts = new Map(stdout.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  }));
  const fact = (name: string): string => {
    const value = facts.get(name);
    if (value === undefined) throw new Error(`test/cluster/up.sh did not print ${name}: ${stdout}`);
    return value;
  };
  let stopping: Promise<unknown> | undefined;
  return {
    kubeconfig: fact('KUBECONFIG'),
    ingressAddress: fact('INGRESS'),
    auditLog: fact('AUDIT_LOG'),
    kubectl: fact('KUBECTL'),
    tagImage: async (name, kind = 'web') => {
      if (mode === 'real') await run(script('tag-image.sh'), [name, kind], { env });
    },
    installImages: async <Name extends StockImage>(...names: readonly Name[]) => {
      const { stdout: references } = await run(script('images-install.sh'), names, { env });
      const lines = references.trim().split('\n');
      return Object.fromEntries(names.map((name, index) => [name, lines[index] ?? ''])) as Record<Name, string>;
    },
    stop: async () => {
      stopping ??= run(script('down.sh'), [mode, '--release', lease], { env });
      await stopping;
    },
  };
}
