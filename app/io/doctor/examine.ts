import { Agent } from 'undici';
import type { AppManifest } from '../../config/app-manifest.ts';
import type { EnvFound } from '../../config/env.ts';
import { pullSecretsFor, secretsFor, tenantOf, type Platform } from '../../config/platform.ts';
import { ok, type Diagnosis, type Verdict } from '../../core/diagnosis.ts';
import { homeCluster, type Clock, type Log } from '../../core/ports.ts';
import { openGitHub, type GitHubClients } from '../github/client.ts';
import { connect, loadKubeConfig, type Connection } from '../kubernetes/connection.ts';
import { runChecks, type Check } from './checks.ts';
import { clusterCheck, clusterChecks, type ClusterParts } from './cluster.ts';
import { githubChecks } from './github.ts';
import { helmCheck } from './helm.ts';
import { doorCheck, domainChecks, openResolver, type DomainParts, type Resolve } from './hosts.ts';
import { redisChecks } from './redis.ts';
import { webhookChecks } from './webhook.ts';

/** What an installation is, as far as it could be read. */
export type Installed = {
  readonly env: EnvFound;
  /** A line for each thing to set; each begins with the variable's name. */
  readonly envProblems: readonly string[];
  /** Undefined where avant.yaml is not known or not valid. */
  readonly platform: Platform | undefined;
  /** What is wrong with avant.yaml, a line each. */
  readonly platformProblems: readonly string[];
  /** Path of helm, wherever it was found. */
  readonly helm: string | undefined;
  /** What app.yml asks for. */
  readonly manifest: AppManifest;
};

/** How long each check may take, in milliseconds. */
const withinMs = 5_000;
/** What waits inside of a check gives up before, so that it can say on what. */
const innerMs = 4_500;

const environment = 'environment';
const platformFile = 'avant.yaml';

/** Opened by checks as they need it, and closed together. */
type Ways = {
  clients(): GitHubClients;
  connection(kubeconfig: string | undefined): Connection;
  readonly agent: Agent;
  readonly resolve: Resolve;
  close(): Promise<void>;
};

/** Looks at everything that Avant needs, with what Avant itself is given; returns what was found. Changes nothing. */
export async function examine(installed: Installed, { clock, log }: { readonly clock: Clock; readonly log: Log }): Promise<Diagnosis[]> {
  const ways = openWays(installed.env, clock, log);
  try {
    return await runChecks(checksOf(installed, ways, clock), withinMs);
  } finally {
    await ways.close();
  }
}

function openWays({ appId, privateKey, github }: EnvFound, clock: Clock, log: Log): Ways {
  const opened: { close(): unknown }[] = [];
  const keep = <T extends { close(): unknown }>(way: T): T => {
    opened.push(way);
    return way;
  };
  const agent = new Agent({ connect: { timeout: innerMs } });
  const resolver = keep(openResolver(innerMs));
  let clients: GitHubClients | undefined;
  return {
    clients: () => {
      if (!appId || !privateKey || !github) throw new Error('the environment does not name the App');
      const { host, protocol } = github;
      clients ??= keep(openGitHub({ appId, privateKey: privateKey.reveal(), host, protocol, clock, log }));
      return clients;
    },
    connection: (kubeconfig) => keep(connect(loadKubeConfig(kubeconfig), clock)),
    agent,
    resolve: resolver.resolve,
    close: async () => {
      await Promise.all([agent.destroy(), ...opened.map((way) => way.close())]);
    },
  };
}

function checksOf({ env, envProblems, platform, platformProblems, helm, manifest }: Installed, ways: Ways, clock: Clock): Check[] {
  const wrong = (...names: readonly string[]): readonly string[] =>
    envProblems.some((line) => names.some((name) => line.startsWith(name))) ? [environment] : [];
  const ofApp = wrong('APP_ID', 'PRIVATE_KEY', 'GHE_');
  return [
    told(environment, envProblems, [], 'everything is set'),
    told(platformFile, platformProblems, wrong('AVANT_CONFIG'), `valid: ${env.configPath ?? ''}`),
    ...githubChecks({ clients: ways.clients, manifest, clock }, ofApp),
    ...webhookChecks({ clients: ways.clients, secret: env.webhookSecret, dispatcher: ways.agent }, wrong('WEBHOOK_SECRET')),
    ...redisChecksOf(env, wrong('REDIS_URL')),
    helmCheck(helm),
    ...clusterChecks(homeParts(env, platform, ways), []),
    ...(platform ? checksOfPlatform(platform, ways) : checksWithoutPlatform()),
  ];
}

/** What was read before: a problem is a line that says what to do itself. */
function told(name: string, problems: readonly string[], needs: readonly string[], fine: string): Check {
  const verdicts = problems.map((line): Verdict => ({ state: 'problem', says: line, mend: undefined }));
  return { name, needs, otherwise: '', run: () => Promise.resolve(verdicts.length > 0 ? verdicts : ok(fine)) };
}

function redisChecksOf({ redisUrl }: EnvFound, needs: readonly string[]): Check[] {
  if (redisUrl) return redisChecks(redisUrl, needs);
  const says = 'none: the queue is in the process, which is then the only one';
  return [{ name: 'Redis', needs, otherwise: '', run: () => Promise.resolve(ok(says)) }];
}

function homeParts({ kubeconfigPath }: EnvFound, platform: Platform | undefined, ways: Ways): ClusterParts {
  return {
    name: homeCluster,
    connection: () => ways.connection(kubeconfigPath),
    namespace: platform?.namespace,
    secrets: platform && secretsOf(platform, homeCluster),
    ingress: platform?.ingress,
    setting: kubeconfigPath === undefined ? 'set KUBECONFIG' : `set KUBECONFIG, which is ${kubeconfigPath},`,
  };
}

function checksWithoutPlatform(): Check[] {
  const run = (): Promise<never> => Promise.reject(new Error('avant.yaml is not known'));
  return [`${clusterCheck(homeCluster)}, namespace and ingress class`, 'further clusters', 'DNS, certificates and doors'].map(
    (name) => ({ name, needs: [platformFile], otherwise: '', run }),
  );
}

function checksOfPlatform(platform: Platform, ways: Ways): Check[] {
  const further = Object.entries(platform.clusters).flatMap(([name, { kubeconfig }]) =>
    clusterChecks(
      {
        name,
        connection: () => ways.connection(kubeconfig),
        namespace: undefined,
        secrets: secretsOf(platform, name),
        ingress: platform.ingress,
        setting: `set clusters.${name}.kubeconfig of avant.yaml, which is ${kubeconfig},`,
      },
      [],
    ),
  );
  const doors = Object.entries(platform.doors).map(([cluster, door]) => {
    const domain = tenantsOn(platform, cluster)[0] ?? '';
    return doorCheck(cluster, door, tenantOf(platform, domain).domain, innerMs);
  });
  return [...further, ...domainsOf(platform).flatMap((parts) => domainChecks(parts, ways.resolve, innerMs)), ...doors];
}

/** The tenants whose previews are in a cluster; '' is the preview of a platform or project without tenants, which is at home. */
function tenantsOn(platform: Platform, cluster: string): readonly string[] {
  return ['', ...platform.tenants].filter((tenant) => tenantOf(platform, tenant).cluster === cluster);
}

function secretsOf(platform: Platform, cluster: string): ClusterParts['secrets'] {
  if (!platform.secrets) return undefined;
  const { namespace, projects } = platform.secrets;
  const passwords = Object.values(platform.access.ways).flatMap((way) => (way.kind === 'password' ? [way.secret.name] : []));
  const tenants = tenantsOn(platform, cluster);
  const pull = tenants.map((tenant) => pullSecretsFor(platform, tenant).map(({ secret }) => secret));
  const wanted = tenants.flatMap((tenant, index) => [
    ...(pull[index] ?? []),
    ...Object.keys(projects).flatMap((repository) => secretsFor(platform, repository, tenant)),
  ]);
  return { namespace, names: [...new Set([...passwords, ...wanted])], pull: new Set(pull.flat()), passwords: new Set(passwords), dialect: platform.ingress.controller };
}

/** Each domain once for every form of its links and every door. */
function domainsOf(platform: Platform): readonly DomainParts[] {
  const all = ['', ...platform.tenants].map((tenant) => {
    const { domain, url, cluster } = tenantOf(platform, tenant);
    return [`${domain} ${url} ${cluster}`, { domain, url, door: platform.doors[cluster] }] as const;
  });
  return [...new Map(all).values()];
}
