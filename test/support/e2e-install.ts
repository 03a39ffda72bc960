import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { app, until, webhookSecret } from './avant.ts';
import { helm } from './charts/cloud.ts';
import { install, type Values } from './install-chart.ts';

export const domain = 'preview.bar.com';
/** Where GitHub could deliver from outside. */
export const webhookHost = `hooks.${domain}`;
/** Where the sandbox's GitHub is for pods, and its port on the node for who looks from outside. */
const github = { host: 'github.github.svc.cluster.local:3100', port: 3100 };

/** A cluster in which everything was installed as a stranger would, with the sandbox's GitHub beside it. */
export type Installed = {
  readonly cluster: Cluster;
  /** Address of GitHub's pages, from outside of the cluster. */
  readonly github: string;
  readonly values: Values;
  /** Runs kubectl with arguments, and what is to be applied; returns what it prints. */
  kubectl(words: readonly string[], input?: string): Promise<string>;
  close(): Promise<void>;
};

/** Installs the chart with its edge into a real cluster without an ingress controller, by helm; every image is this checkout's. */
export async function installAvant(): Promise<Installed> {
  const cluster = await startCluster('real', { ingress: 'none' });
  try {
    const images = await cluster.installImages('avant', 'sandbox', 'haproxy-ingress', 'redis');
    const kubectl: Installed['kubectl'] = (words, input) => run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...words], input);
    for (const object of prerequisites(images.sandbox)) await kubectl(['apply', '--server-side', '-f', '-'], stringify(object));
    const values = valuesFor(images);
    await run(helm ?? '', ['upgrade', '--install', 'avant', join(install, 'chart'), '--namespace', 'avant', '--kubeconfig', cluster.kubeconfig, '--values', join(install, 'values-kind.yaml'), '--values', '-'], stringify(values));
    for (const workload of ['deployment/github -n github', 'deployment/avant-web -n avant', 'deployment/avant-workers -n avant', 'daemonset/avant-edge -n avant'])
      await kubectl(['rollout', 'status', '--timeout', '240s', ...workload.split(' ')]);
    const address = `http://${cluster.ingressAddress}:${github.port}`;
    await until('GitHub answers', () => fetch(`${address}/m6/foo/pull/241`).then(({ ok }) => ok, () => false), 60_000);
    return { cluster, github: address, values, kubectl, close: cluster.stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function valuesFor({ avant, redis, ...images }: Readonly<Record<'avant' | 'redis' | 'haproxy-ingress', string>>): Values {
  return {
    image: avant,
    config: { domain, tenants: { fr: {}, be: {} }, resync: '10m', network: { ingress: [{ namespace: 'avant' }] } },
    github: { host: github.host, protocol: 'http' },
    web: { replicas: 1, ingress: { enabled: true, host: webhookHost, tls: false }, resources: { requests: { cpu: '10m', memory: '64Mi' } } },
    workers: { replicas: 1, resources: { requests: { cpu: '10m', memory: '64Mi' } } },
    redis: { image: redis },
    edge: { enabled: true, image: images['haproxy-ingress'], resources: { requests: { cpu: '10m', memory: '64Mi' } } },
    networkPolicy: { egressPorts: [80, 443, 6443, github.port] },
  };
}

/** What the engineer has before the chart: namespaces, the App's Secret (`avant setup`), and here a GitHub. */
function prerequisites(image: string): readonly object[] {
  const namespace = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const metadata = { name: 'github', namespace: 'github' };
  const env = {
    PUBLIC_KEY_PATH: '/etc/app/public.pem',
    WEBHOOK_URL: 'http://avant-web.avant.svc.cluster.local/api/github/webhooks',
    WEBHOOK_SECRET: webhookSecret,
    PUBLIC_URL: `http://${github.host}`,
    STOCK_IMAGE: 'localhost/web:1',
    PORT: String(github.port),
  };
  const container = {
    ...{ name: 'github', image, command: ['node', 'sandbox/github-main.ts'], imagePullPolicy: 'IfNotPresent' },
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    ports: [{ containerPort: github.port, hostPort: github.port }],
    readinessProbe: { tcpSocket: { port: github.port }, periodSeconds: 1 },
    volumeMounts: [{ name: 'app', mountPath: '/etc/app' }],
  };
  const labels = { app: 'github' };
  return [
    namespace('avant'),
    namespace('github'),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'avant-github', namespace: 'avant' }, stringData: { APP_ID: '1', PRIVATE_KEY: app.privateKey, WEBHOOK_SECRET: webhookSecret } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app', namespace: 'github' }, data: { 'public.pem': app.publicKey } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: github.port }] } },
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container], volumes: [{ name: 'app', configMap: { name: 'app' } }] } } },
    },
  ];
}

function run(program: string, words: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, words, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${words.join(' ')}: ${stderr}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}

/** Why the chart cannot be installed here; undefined where it can. */
export function installProblem(): string | undefined {
  if (helm === undefined) return 'helm 4 is missing: install/helm.sh builds it';
  return spawnSync('buildah', ['--version']).status === 0 ? undefined : 'buildah is missing: test/cluster/install.sh installs it';
}
