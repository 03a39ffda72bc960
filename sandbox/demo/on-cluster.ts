import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiException, CoreV1Api, KubeConfig, V1Namespace, V1ObjectMeta } from '@kubernetes/client-node';
import { parsePlatform } from '../../app/config/platform.ts';
import { isImageReference } from '../../app/core/image.ts';
import { startGitHub, type SandboxGitHub } from '../github/server.ts';
import { seedStock } from '../seed-stock.ts';
import { freePort, makeApp, readPort, ready, startAvant, stopTogether } from './avant.ts';
import { holdCluster } from './lease.ts';

/** What `npm run demo -- --kubeconfig FILE` may be told beside. */
export type ClusterOptions = {
  readonly kubeconfig: string;
  readonly image: string;
  readonly domain: string;
  /** A link, with `${host}` in it. */
  readonly url: string;
  /** Where the ingress controller is reached from here; undefined: previews are live when their pods are. */
  readonly door: string | undefined;
  readonly ingressClass: string;
};

/** Avant's own namespace here; what the demo leaves of previews elsewhere is told by the records in it. */
const namespace = 'avant-demo';
/** How long previews are waited for when everything is taken away, in milliseconds. */
const goodbyeMs = 90_000;

/** The real app and workers against the sandbox's GitHub and a real cluster, until Ctrl-C; then the cluster is as it was. */
export async function demoOnCluster(options: ClusterOptions): Promise<void> {
  const platform = platformConfig(options);
  checkOptions(options, platform);
  const config = connect(options);
  const core = config.makeApiClient(CoreV1Api);
  await makeNamespace(core);
  await holdCluster(config, namespace).catch((error: unknown) => {
    throw error instanceof ApiException ? new Error(`--kubeconfig: the cluster did not let the demo take its Lease (${reasonOf(error)})`) : error;
  });
  const [port, adminPort] = [readPort('PORT', 3000), readPort('ADMIN_PORT', 0) || (await freePort())];
  const app = makeApp();
  const webhook = { url: `http://localhost:${port}/api/github/webhooks`, secret: app.secret };
  const github = await startGitHub({ port: readPort('SANDBOX_GITHUB_PORT', 3100), app, webhook });
  const avant = startAvant({ app, port, adminPort, githubPort: github.port, kubeconfig: { path: options.kubeconfig }, platform });
  stopTogether(avant, () => github.close(), () => goodbye(github, core).catch((error: unknown) => { console.error(`Not everything could be taken away: ${reasonOf(error)}`); }));
  await ready(adminPort);
  const path = seedStock(github.world, options);
  console.log(`
Avant runs against a GitHub of its own, in memory, and the cluster of ${options.kubeconfig}. Open the pull request and add the label cd/preview:

  ${github.url}${path}

Its comment will have a link per tenant, such as ${options.url.replace('${host}', `foo-241-fr.${options.domain}`)}
Previews run the stock image ${options.image} with the page that is in the branch's .cloud/preview.yaml.
Ctrl-C closes every pull request, waits until their previews are gone, and takes the namespace ${namespace} away.

The platform's avant.yaml:

${platform.replaceAll(/^(?=.)/gm, '  ')}
Deliveries: ${github.url}/settings/apps/avant-demo/deliveries
`);
}

/** The options that stand in avant.yaml, by its keys. */
const optionOf: Readonly<Record<string, string>> = { domain: '--domain', url: '--url', 'door.address': '--door', 'ingress.class': '--ingress-class' };

/** Throws an Error that names the option and the mend, before anything is made. */
export function checkOptions({ image }: Pick<ClusterOptions, 'image'>, platform: string): void {
  const parsed = parsePlatform(platform, 'avant.yaml');
  const problems = parsed.ok ? [] : parsed.problems.map(({ field, message, mend }) => `${optionOf[field] ?? field}: ${message} — ${mend}`);
  if (!isImageReference(image)) problems.push(`--image: ${JSON.stringify(image)} is no image — write one such as docker.io/library/busybox:1.37`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** Returns the avant.yaml of this demo; a text in double quotes is the same in JSON and YAML. */
export function platformConfig({ domain, url, door, ingressClass }: Omit<ClusterOptions, 'kubeconfig' | 'image'>): string {
  return `domain: ${JSON.stringify(domain)}
url: ${JSON.stringify(url)}
ingress: { class: ${JSON.stringify(ingressClass)} }
namespace: ${namespace}
tenants: { fr: {}, be: {} }
${door === undefined ? '' : `door: { address: ${JSON.stringify(door)} }\n`}`;
}

/** Returns how to reach the cluster that a kubeconfig file means; throws an Error that names the file and the mend. */
export function connect({ kubeconfig }: Pick<ClusterOptions, 'kubeconfig'>): KubeConfig {
  const mend = `name one with which this works: kubectl --kubeconfig ${kubeconfig} get namespaces`;
  if (!existsSync(kubeconfig)) throw new Error(`--kubeconfig: there is no file ${kubeconfig}`);
  const config = new KubeConfig();
  try {
    config.loadFromFile(kubeconfig);
  } catch (error) {
    // The parser's message quotes what is wrong and the lines around it, and these may hold a token.
    const { mark } = error as { readonly mark?: { readonly line: number } };
    const why = mark ? `line ${mark.line + 1} is no YAML` : reasonOf(error);
    throw new Error(`--kubeconfig: ${kubeconfig} cannot be read as a kubeconfig (${why}); ${mend}`, { cause: undefined });
  }
  if (!config.getCurrentCluster()) throw new Error(`--kubeconfig: ${kubeconfig} has no current-context with a cluster; ${mend}`);
  return config;
}

async function makeNamespace(core: CoreV1Api): Promise<void> {
  const body = new V1Namespace();
  body.metadata = new V1ObjectMeta();
  body.metadata.name = namespace;
  await goneIfGoing(core);
  try {
    await core.createNamespace({ body });
  } catch (error) {
    // Left by a demo that was killed: its records are there, and Avant takes away what nobody asks for any more.
    if (!(error instanceof ApiException) || error.code !== 409) throw new Error(`--kubeconfig: the cluster did not let the demo make its namespace (${reasonOf(error)})`);
  }
}

/** Waits for the end of what a demo that has just ended left; nothing can be made in it. */
async function goneIfGoing(core: CoreV1Api): Promise<void> {
  const going = (): Promise<boolean> =>
    core.readNamespace({ name: namespace }).then(({ metadata }) => metadata?.deletionTimestamp !== undefined, () => false);
  if (!(await going())) return;
  console.log(`The namespace ${namespace} of the last demo is still going: waiting for its end …`);
  const until = Date.now() + goodbyeMs;
  while ((await going()) && Date.now() < until) await sleep(250);
  if (await going()) throw new Error(`--kubeconfig: the namespace ${namespace} of the last demo does not end; what holds it: kubectl get namespace ${namespace} -o yaml`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

async function goodbye({ world }: SandboxGitHub, core: CoreV1Api): Promise<void> {
  console.log('Closing the pull requests, and waiting until their previews are gone …');
  // The records tell whose they are, and go before the last of them.
  const records = await core.listNamespacedConfigMap({ namespace, labelSelector: 'avant/store=record' });
  const keys = new Set(records.items.map(({ metadata }) => metadata?.labels?.['avant/key']));
  for (const repository of world.state.repositories.values())
    for (const { number, state } of repository.pulls.values()) if (state === 'open') world.close(repository, number);
  const until = Date.now() + goodbyeMs;
  while ((await namespacesOf(keys, core)) > 0 && Date.now() < until) await sleep(250);
  const left = await namespacesOf(keys, core);
  if (left > 0) console.error(`${left} namespaces are still going: kubectl get namespaces -l avant/instance=${namespace}`);
  else await core.deleteNamespace({ name: namespace });
}

async function namespacesOf(keys: ReadonlySet<string | undefined>, core: CoreV1Api): Promise<number> {
  const namespaces = await core.listNamespace({ labelSelector: `avant/instance=${namespace}` });
  return namespaces.items.filter(({ metadata }) => keys.has(metadata?.labels?.['avant/key'])).length;
}
