import { BootError, setupWays } from '../compose.ts';
import type { CreatedApp, SecretPlace } from '../config/app-secret.ts';
import { readEnv, type Env } from '../config/env.ts';
import { durationText } from '../config/duration.ts';
import { messageOf } from '../core/errors.ts';
import { UsageError, type SetupOptions } from './command-line.ts';
import { readAppManifest } from './doctor.ts';

/** Says a line: `say` what there is to do, `warn` what went wrong. */
export type Words = { readonly say: (line: string) => void; readonly warn: (line: string) => void };

type Place = Awaited<ReturnType<typeof setupWays.placeInCluster>>;

/** It could not be done; the message says what to do, a line each. */
export class SetupError extends Error {}

/**
 * `avant setup`: makes the GitHub App by a person's hand (the manifest flow), and keeps its secrets in a file or a cluster. Returns
 * when that is done; throws a SetupError otherwise, also when `signal` aborts. No line has a secret in it.
 */
export async function setup(options: SetupOptions, words: Words, signal: AbortSignal): Promise<void> {
  const github = readGitHub();
  checkAddress(options.webhookUrl, github.host, words);
  const place = await openPlace(options);
  let kept: Kept | undefined;
  try {
    kept = await register(options, { site: setupWays.siteOf(github), place, words, signal });
  } finally {
    if (!kept) await place.giveUp();
    await place.close();
  }
  nextSteps(kept, options, github).forEach(words.say);
  if (kept.trouble !== undefined) throw new SetupError(kept.trouble);
}

function checkAddress(webhookUrl: string, githubHost: string | undefined, { warn }: Words): void {
  const { host, protocol } = new URL(webhookUrl);
  if (githubHost === undefined && !isPublic(webhookUrl))
    throw new UsageError(`--url: github.com sends nothing to ${host}: give an address that is reached from the Internet`);
  if (protocol === 'http:') warn('--url: over http:// webhooks travel unencrypted; https:// is better');
}

type GitHub = Env['github'];

/** GHE_HOST and GHE_PROTOCOL are Avant's own; nothing else of its environment is known yet. */
function readGitHub(): GitHub {
  const { GHE_HOST, GHE_PROTOCOL } = process.env;
  const read = readEnv({ GHE_HOST, GHE_PROTOCOL }, { web: false }, () => '');
  if (read.ok) return read.env.github;
  const problems = read.problems.filter((line) => line.startsWith('GHE_'));
  if (problems.length > 0 || !read.found.github) throw new SetupError(problems.join('\n'));
  return read.found.github;
}

/**
 * github.com refuses addresses that are not public ("isn't reachable over the public Internet"); which those are is told here as far
 * as an address shows it.
 */
function isPublic(url: string): boolean {
  const { hostname } = new URL(url);
  const inner = /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\.|^\[(::1|f[cd].*)\]$|(^|\.)(localhost|local|internal)$|^[^.:]+$/;
  return !inner.test(hostname);
}

async function openPlace({ to, namespace, secretName: name }: SetupOptions): Promise<Place> {
  const at: SecretPlace = { namespace, name };
  try {
    return 'file' in to ? setupWays.placeInFile(to.file, at) : await setupWays.placeInCluster(to.kubeconfig ?? kubeconfigHere(), at);
  } catch (error) {
    throw error instanceof BootError ? error : new SetupError(messageOf(error));
  }
}

function kubeconfigHere(): string | undefined {
  return process.env['KUBECONFIG'] || undefined;
}

/** An App whose secrets are kept: where, and why not where they should be. */
type Kept = { readonly app: CreatedApp; readonly where: string; readonly trouble: string | undefined };

type Around = {
  readonly site: ReturnType<typeof setupWays.siteOf>;
  readonly place: Place;
  readonly words: Words;
  readonly signal: AbortSignal;
};

/** Opens the page, and waits until a person has made the App and its secrets are kept. */
async function register(options: SetupOptions, { site, place, words, signal }: Around): Promise<Kept> {
  let making: Promise<Kept> | undefined;
  const owner = options.org === undefined ? '' : `/organizations/${options.org}`;
  const registration = await setupWays
    .openRegistration({
      manifest: readAppManifest(),
      name: options.name,
      webhookUrl: options.webhookUrl,
      createUrl: `${site.web}${owner}/settings/apps/new`,
      port: options.port,
      refused: words.warn,
      exchange: async (code) => {
        making = setupWays.convertCode(site, code).then((app) => keep(app, place, options));
        const { app, where } = await making;
        return { name: app.slug, installUrl: installUrlOf(app), where };
      },
    })
    .catch((error: unknown) => {
      throw new SetupError(`--port: ${options.port} cannot be listened on (${messageOf(error)}): give another`);
    });
  words.say(`Open this in a browser on this machine, and press the button:\n\n    ${registration.url}\n`);
  words.say(`It waits for ${durationText(options.timeoutMs)}; Ctrl-C ends it.`);
  const over = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
  try {
    await Promise.race([registration.done, aborted(over)]);
    // Once GitHub has made the App, what it told is kept, whoever does not want to wait.
    if (!making) throw new SetupError(signal.aborted ? 'ended: no App was made' : `nobody made the App within ${durationText(options.timeoutMs)}: run this again`);
    return await making;
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError(messageOf(error));
  } finally {
    await registration.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

/** An App cannot be made twice: where its place fails, its secrets go into a file here. */
async function keep(app: CreatedApp, place: Place, { to, namespace, secretName: name }: SetupOptions): Promise<Kept> {
  try {
    await place.keep(app);
    return { app, where: 'file' in to ? to.file : `the Secret ${name} of the namespace ${namespace}`, trouble: undefined };
  } catch (error) {
    const file = `avant-github-${app.id}.yaml`;
    const why = messageOf(error);
    try {
      await setupWays.placeInFile(file, { namespace, name }).keep(app);
    } catch {
      throw new SetupError(
        `the App is made, and its key could not be kept (${why}): make another at ${app.url}, and set the webhook’s secret anew; or delete the App, and run this again`,
      );
    }
    return { app, where: file, trouble: `the Secret could not be kept where it should be (${why}): it is in ${file}` };
  }
}

function installUrlOf({ url }: CreatedApp): string {
  return `${url}/installations/new`;
}

function nextSteps({ app, where, trouble }: Kept, options: SetupOptions, { host, protocol }: GitHub): readonly string[] {
  const { namespace, secretName, org } = options;
  const inFile = 'file' in options.to || trouble !== undefined;
  const values = [
    ...(secretName === 'avant-github' ? [] : [`github.secret=${secretName}`]),
    ...(host === undefined ? [] : [`github.host=${host}`]),
    ...(protocol === 'https' ? [] : [`github.protocol=${protocol}`]),
  ];
  const set = values.map((value) => ` --set ${value}`).join('');
  const steps = [
    ...(inFile ? [`kubectl create namespace ${namespace}; kubectl create -f ${where}`] : []),
    `helm install avant install/chart --namespace ${namespace}${inFile ? '' : ' --create-namespace'} --values mine.yaml${set}`,
    `install the App on ${org ?? 'your account'}: ${installUrlOf(app)}`,
    `kubectl --namespace ${namespace} exec deployment/avant-workers -- avant doctor`,
  ];
  return [
    `The App ${app.slug} (id ${app.id}) is made: ${app.url}`,
    `Its key is in ${where}${inFile ? ', which only you may read: keep it out of Git' : ''}.`,
    `Next, as docs/install.md says:\n${steps.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`,
  ];
}
