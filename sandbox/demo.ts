import '../app/node.mjs';
import { parseArgs } from 'node:util';
import { findHelm } from '../app/io/render/find-helm.ts';
import { freePort, makeApp, readPort, ready, startAvant, stopTogether } from './demo/avant.ts';
import { demoOnCluster, type ClusterOptions } from './demo/on-cluster.ts';
import { startPipeline } from './pipeline.ts';
import { seed, type Seeded } from './seed.ts';
import { startSandbox, type Sandbox } from './start.ts';

const ingressClass = 'haproxy-v1';

const usage = `npm run demo                              everything in memory
npm run demo -- --kubeconfig FILE         previews in a real cluster that has a HAProxy ingress controller
    [--image IMAGE]                       a stock image with busybox (docker.io/library/busybox:1.37)
    [--domain DOMAIN] [--url 'http://\${host}']   where previews are reached (preview.localhost)
    [--door http://ADDRESS]               where the controller is reached from here: "live" then means that it answered there
    [--ingress-class CLASS]               (${ingressClass})
    Beside an installed Avant, whose policies refuse the demo's Ingresses, let its user: admission.door (docs/install.md, "Upgrade")`;

/** `npm run demo`: the real app and workers against the sandbox, until Ctrl-C. */
async function demo(): Promise<void> {
  const app = makeApp();
  const ports = {
    app: readPort('PORT', 3000),
    admin: readPort('ADMIN_PORT', 0) || (await freePort()),
    github: readPort('SANDBOX_GITHUB_PORT', 3100),
    kubernetes: readPort('SANDBOX_KUBERNETES_PORT', 3200),
    registry: readPort('SANDBOX_REGISTRY_PORT', 3300),
    edge: readPort('EDGE_PORT', 8080),
  };
  const webhook = { url: `http://localhost:${ports.app}/api/github/webhooks`, secret: app.secret };
  const sandbox = await startSandbox({ app, webhook, ports, ingressClass });
  startPipeline(sandbox.github.world, sandbox.registry);
  const registry = `localhost:${sandbox.registryServer.port}`;
  const platform = platformConfig(sandbox, registry);
  const avant = startAvant({ app, port: ports.app, adminPort: ports.admin, githubPort: sandbox.github.port, kubeconfig: { text: sandbox.kubernetes.kubeconfig }, platform });
  stopTogether(avant, () => sandbox.close());
  await ready(ports.admin);
  // Only now: what happens on GitHub before Avant listens would stand in the deliveries as failed.
  await introduce({ sandbox, platform, pullRequests: seed(sandbox.github.world, { registry }) });
}

/** Returns what the command line asks for; undefined: the demo in memory. Ends the process where it cannot be understood. */
function readCommandLine(): ClusterOptions | undefined {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { kubeconfig: text, image: text, domain: text, url: text, door: text, 'ingress-class': text, help: { type: 'boolean' } } });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const { kubeconfig, image = 'docker.io/library/busybox:1.37', domain = 'preview.localhost', url = 'http://${host}', door } = values;
    if (kubeconfig !== undefined) return { kubeconfig, image, domain, url, door, ingressClass: values['ingress-class'] ?? ingressClass };
    const [stray] = Object.keys(values);
    if (stray !== undefined) throw new Error(`--${stray} goes with --kubeconfig FILE`);
    return undefined;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

/** Returns the avant.yaml of the demo. */
function platformConfig({ edge }: Sandbox, registry: string): string {
  return `domain: preview.localhost
url: http://\${host}:${edge.port}
ingress: { class: ${ingressClass} }
door: { address: http://127.0.0.1:${edge.port} }
tenants: { fr: {}, be: {}, hr: {}, hu: {} }
registries: { "${registry}": { insecure: true } }
limits: { cpu: 4, memory: 8Gi, replicas: 10, jobs: 30m }
`;
}

type Started = { readonly sandbox: Sandbox; readonly platform: string; readonly pullRequests: readonly Seeded[] };

async function introduce({ sandbox, platform, pullRequests }: Started): Promise<void> {
  const github = `http://localhost:${sandbox.github.port}`;
  const example = `http://foo-241-fr.preview.localhost:${sandbox.edge.port}`;
  const resolves = await fetch(example).then(
    () => true,
    () => false,
  );
  console.log(`
Avant runs against a GitHub, a registry, a Kubernetes and an edge of its own, all in memory. Open a pull request and add the label cd/preview:

${pullRequests.map(({ path, about }) => `  ${github}${path.padEnd(18)} ${about}`).join('\n')}
${findHelm(process.env) === undefined ? `\n${withoutHelm}\n` : ''}
Its comment will have a link per tenant, such as ${example}
${resolves ? '' : `\n${unresolved}\n`}
Push by committing on the pull request's page; comment /preview stop, /preview, /preview restart fr; merge, and the links go.
You are octocat, who may do everything. Under "Acting as" become ada, who may write, or stranger, who may not: Avant heeds the first two.
Start again to reset; Ctrl-C ends everything.

The platform's avant.yaml:

${platform.replaceAll(/^(?=.)/gm, '  ')}
Deliveries: ${github}/settings/apps/avant-demo/deliveries   Kubernetes API: ${sandbox.kubernetes.url}
`);
}

const withoutHelm = 'There is no helm 4 here, which the charts of m6/shop need: run install/helm.sh (it builds one, with Go) and start again.';

const unresolved = `This machine does not resolve *.localhost. Chrome, Edge and Firefox do by themselves; for Safari or curl add those that you open to /etc/hosts, such as
  127.0.0.1 foo-241-fr.preview.localhost foo-241-be.preview.localhost foo-241-hr.preview.localhost foo-241-hu.preview.localhost`;

/** Returns the port that was found taken, looking through the causes of an error. */
function takenPort(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && error.code === 'EADDRINUSE' && 'port' in error ? String(error.port) : takenPort(error.cause);
}

const onCluster = readCommandLine();
await (onCluster ? demoOnCluster(onCluster) : demo()).catch((error: unknown) => {
  const taken = takenPort(error);
  const hint = 'PORT, SANDBOX_GITHUB_PORT, SANDBOX_KUBERNETES_PORT, SANDBOX_REGISTRY_PORT and EDGE_PORT choose others';
  console.error(taken === undefined ? (onCluster && error instanceof Error ? error.message : error) : `Port ${taken} is taken: ${hint}.`);
  process.exit(1);
});
