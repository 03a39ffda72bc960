import { availableParallelism, tmpdir } from 'node:os';
import { shown } from '../../core/outside-text.ts';
import { RenderRefused, type Log } from '../../core/ports.ts';
import type { ChildEnd, Children } from './child.ts';
import { confinements, type Confinement } from './confine.ts';
import { helmProblems } from './helm-words.ts';
import type { RenderLimits } from './limits.ts';
import type { Sources } from './read-objects.ts';
import { OverLimit } from './refusals.ts';
import { inThrowAway, type FileToWrite } from './throw-away.ts';

/** One run of `helm template`. */
export type HelmRun = {
  /** The chart's files, by their paths in its folder. */
  readonly files: readonly FileToWrite[];
  /** Which of them have values, and more values as JSON; the later ones win. */
  readonly valuesFiles: readonly string[];
  readonly values: readonly string[];
  readonly release: string;
  readonly namespace: string;
  readonly kubeVersion: string | undefined;
  /** The chart's folder from the repository's root, and what helm calls the charts in it: for messages. */
  readonly folder: string;
  readonly sources: Sources;
};

export type Helm = {
  /** Returns what it prints. Throws a RenderRefused for what the chart is wrong in, and for a chart that breaks a limit. */
  template(run: HelmRun): Promise<Buffer>;
  /** How often it was started to do so. */
  started(): number;
};

export type HelmOptions = { readonly helm: string | undefined; readonly limits: RenderLimits; readonly log: Log; readonly children: Children; readonly parent?: string | undefined };

/** Returns helm. How it can be confined here is tried out once, when it is first needed, by asking for its version. */
export function openHelm(options: HelmOptions): Helm {
  let tried: Promise<Confinement> | undefined;
  let started = 0;
  return {
    template: async (run) => {
      const { helm } = options;
      if (helm === undefined) throw new Error('this platform has no helm, which charts need: run install/helm.sh, or set AVANT_HELM to the path of a helm 4');
      tried ??= tryOut(helm, options);
      const confinement = await tried.catch((error: unknown) => {
        tried = undefined;
        throw error;
      });
      started += 1;
      return template(run, [...confinement.words, helm], options);
    },
    started: () => started,
  };
}

async function template(run: HelmRun, words: readonly string[], options: HelmOptions): Promise<Buffer> {
  const { limits, children } = options;
  const files = [
    ...run.files.map(({ path, content }) => ({ path: `chart/${path}`, content })),
    ...run.values.map((content, index) => ({ path: `values/${index}.json`, content })),
  ];
  return inThrowAway(options.parent ?? tmpdir(), files, async (folder) => {
    const end = await children.run({
      words: firstOf([...words, ...argumentsOf(run)]),
      folder,
      env: environment(folder, limits),
      ms: limits.helmMs,
      outputBytes: limits.outputBytes,
      errorBytes: limits.errorBytes,
    });
    return outputOf(end, run, folder, limits);
  });
}

/** What charts ask `.Capabilities.APIVersions` for; by itself helm knows groups and versions, no kinds. Every cluster since 1.25 has these. */
const apiVersions = ['apps/v1/Deployment', 'apps/v1/StatefulSet', 'batch/v1/Job', 'batch/v1/CronJob', 'networking.k8s.io/v1/Ingress', 'networking.k8s.io/v1/NetworkPolicy', 'policy/v1/PodDisruptionBudget', 'autoscaling/v2/HorizontalPodAutoscaler'];

/** Relative paths: the child's folder is the throw-away one. Nothing of the branch is an argument but names of files that it has. */
function argumentsOf({ release, namespace, kubeVersion, valuesFiles, values }: HelmRun): readonly string[] {
  for (const word of [release, namespace, kubeVersion ?? 'v1']) {
    if (!/^[a-z0-9][a-z0-9.+-]*$/.test(word)) throw new Error(`not an argument for helm: ${word}`);
  }
  const given = [...valuesFiles.map((path) => `chart/${path}`), ...values.map((_, index) => `values/${index}.json`)];
  return [
    'template', release, './chart', '--namespace', namespace, '--skip-tests', '--api-versions', apiVersions.join(','),
    ...(kubeVersion === undefined ? [] : ['--kube-version', kubeVersion]),
    ...given.flatMap((path) => ['--values', path]),
  ];
}

/** Nothing of ours. Everything that helm could read or write by itself is in the throw-away folder, where there is nothing. */
function environment(folder: string, { helmMemoryMiB }: RenderLimits): Record<string, string> {
  const home = `${folder}/home`;
  return {
    HOME: home,
    TMPDIR: home,
    HELM_CACHE_HOME: `${home}/cache`,
    HELM_CONFIG_HOME: `${home}/config`,
    HELM_DATA_HOME: `${home}/data`,
    HELM_PLUGINS: `${home}/plugins`,
    KUBECONFIG: `${home}/kubeconfig`,
    // For a run of a tenth of a second collecting is waste; the limit on memory still holds.
    GOGC: 'off',
    GOMEMLIMIT: `${Math.floor(helmMemoryMiB / 2)}MiB`,
    GOMAXPROCS: String(Math.min(2, availableParallelism())),
    GOTRACEBACK: 'none',
  };
}

function outputOf(end: ChildEnd, run: HelmRun, folder: string, { helmMs, helmMemoryMiB, outputBytes }: RenderLimits): Buffer {
  const refuse = (message: string): never => {
    throw new OverLimit([`${run.folder}: ${message}`]);
  };
  const loops = 'look for loops over large ranges, and for templates that include themselves';
  if (end.stopped === 'time') return refuse(`rendering it takes longer than the ${helmMs / 1000} s it may — ${loops}`);
  if (end.stopped === 'output') return refuse(`renders to more than the ${outputBytes / 1024} KiB it may — ${loops}`);
  if (end.code === 0) return end.output;
  if (end.code === 1) {
    // Told by what starts helm, before there is a helm.
    if (/^(?:unshare|prlimit): /.test(end.errors)) throw new Error(`helm could not be started: ${end.errors.slice(0, 300)}`);
    throw new RenderRefused(helmProblems(end.errors, { ...run, throwAway: folder }));
  }
  if (end.code === 126 || end.code === 127) throw new Error(`helm could not be started: ${end.errors.slice(0, 300)}`);
  // A mistake of helm's own, in Go's words.
  const panic = /^panic: .*$/m.exec(end.errors)?.[0];
  if (panic !== undefined) return refuse(`helm itself fails on it: ${shown(panic, 200)}`);
  // The kernel kills what takes too much CPU time; Go ends in many ways when it gets no more memory.
  return refuse(`rendering it takes more CPU time than ${helmMs / 1000} s, or more memory than the ${helmMemoryMiB} MiB it may — ${loops}`);
}

function firstOf(words: readonly string[]): readonly [string, ...string[]] {
  const [first, ...rest] = words;
  if (first === undefined) throw new Error('nothing to start');
  return [first, ...rest];
}

/** Returns the tightest confinement in which helm tells that it is a helm 4. Says once what is not held back. */
async function tryOut(helm: string, { limits, log, children, parent }: HelmOptions): Promise<Confinement> {
  let said = '';
  for (const confinement of confinements(limits)) {
    const end = await inThrowAway(parent ?? tmpdir(), [], (folder) =>
      children.run({ words: firstOf([...confinement.words, helm, 'version', '--short']), folder, env: environment(folder, limits), ms: limits.helmMs, outputBytes: 4096, errorBytes: 4096 }),
    );
    const version = end.output.toString().trim();
    if (end.code !== 0) {
      said = end.errors.trim().slice(0, 300);
      continue;
    }
    if (!version.startsWith('v4.')) throw new Error(`helm 4 is needed, and ${helm} is ${version.slice(0, 40)}: run install/helm.sh, or set AVANT_HELM`);
    if (confinement.missing.length > 0) log.warn({ missing: confinement.missing }, 'charts are rendered less confined than they could be');
    else log.debug({ helm, version }, 'charts are rendered without a network, within limits');
    return confinement;
  }
  throw new Error(`${helm} does not start (${said}): run install/helm.sh, or set AVANT_HELM to the whole path of a helm 4`);
}
