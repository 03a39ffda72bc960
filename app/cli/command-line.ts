import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { longestAppName, webhookPath } from '../config/app-manifest.ts';
import { durationMs } from '../config/duration.ts';
import { namespacePattern, secretPattern, tenantPattern } from '../config/platform-texts.ts';
import { messageOf } from '../core/errors.ts';
import { shown } from '../core/outside-text.ts';

export const usage = `avant validate [dir] [--repository owner/name] [--config avant.yaml] [--tenant fr] [--secret name]
               [--kube-version 1.36.1] [--json]
    Checks .cloud/ of a checkout as Avant would, offline, and prints what would be deployed.
    --config        The platform's rules: its tenants, registries, limits. Without it the defaults are taken, and
                    every tenant that the project names is taken to be there.
    --repository    The project's name on GitHub; without it the directory's.
    --tenant        For this tenant alone.
    --secret        A Secret that the administrators give to the project; may be repeated. --config says it too.
    --kube-version  The cluster's; without it helm's own default.

avant explain owner/repository#241 [--json]
    Reads a pull request and the cluster, and prints what Avant would do and why. Nothing is written.
    Needs the environment of "npm start": APP_ID, PRIVATE_KEY, AVANT_CONFIG, KUBECONFIG.

avant setup --url https://avant.example.com [--org bar] [--name NAME] (--output FILE | --apply [--kubeconfig FILE])
            [--namespace avant] [--secret-name avant-github] [--port 0] [--timeout 30m]
    Makes the GitHub App: prints the address of a page on this machine, whose button leads to GitHub and back.
    --url           Where GitHub reaches Avant's webhooks.
    --org           The organization that will own the App; without it you. It is private: installed on its owner only.
    --name          Its name on GitHub, 34 characters at most; it can be changed there.
    --output        The App's Secret as a manifest, into a new file that only you may read.
    --apply         The App's Secret into the cluster of KUBECONFIG, or of --kubeconfig.
    GHE_HOST and GHE_PROTOCOL name a GitHub Enterprise Server.

avant doctor [--config avant.yaml] [--json]
    Looks at everything that Avant needs, a line each: ok, or what to do. Nothing is changed.
    Needs the environment of "npm start", and tells what of it is missing.

--json prints one document instead; docs/cli.md says what is in it.
Exit codes: 0 fine, 1 problems found, 2 wrong command line, 3 could not be told or done.`;

/** The command line is wrong; the message says in what. */
export class UsageError extends Error {}

export type ValidateOptions = {
  readonly config: string | undefined;
  readonly repository: { readonly owner: string; readonly name: string } | undefined;
  readonly tenant: string | undefined;
  readonly secrets: readonly string[];
  /** Such as `1.36.1`. */
  readonly kubeVersion: string | undefined;
};

export type PullRequestName = { readonly owner: string; readonly name: string; readonly number: number };

/** Where the App's secrets go: a new file, or a cluster (of this kubeconfig, or the environment's). */
export type SetupTo = { readonly file: string } | { readonly kubeconfig: string | undefined };

export type SetupOptions = {
  /** Where GitHub sends webhooks. */
  readonly webhookUrl: string;
  /** The organization that will own the App. */
  readonly org: string | undefined;
  readonly name: string | undefined;
  readonly to: SetupTo;
  readonly namespace: string;
  readonly secretName: string;
  readonly port: number;
  readonly timeoutMs: number;
};

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'setup'; readonly options: SetupOptions }
  | { readonly name: 'doctor'; readonly json: boolean; readonly config: string | undefined }
  | { readonly name: 'validate'; readonly json: boolean; readonly dir: string; readonly options: ValidateOptions }
  | { readonly name: 'explain'; readonly json: boolean; readonly what: PullRequestName };

const flags = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
const text = { type: 'string' } as const;
const ofValidate = {
  ...flags,
  config: text,
  repository: text,
  tenant: text,
  secret: { type: 'string', multiple: true },
  'kube-version': text,
} as const;

const ofSetup = {
  help: flags.help,
  url: text,
  org: text,
  name: text,
  output: text,
  apply: { type: 'boolean' },
  kubeconfig: text,
  namespace: text,
  'secret-name': text,
  port: text,
  timeout: text,
} as const;

/** Returns what the words after `avant` ask for. Throws a UsageError. */
export function readCommandLine(argv: readonly string[]): Command {
  const [name, ...words] = argv;
  switch (name) {
    case 'validate':
      return validateFrom(words);
    case 'explain':
      return explainFrom(words);
    case 'setup':
      return setupFrom(words);
    case 'doctor':
      return doctorFrom(words);
    case 'help':
    case '--help':
    case '-h':
      return { name: 'help' };
    case undefined:
      throw new UsageError('a command is missing');
    default:
      throw new UsageError(`there is no command ${shown(name)}`);
  }
}

function validateFrom(words: readonly string[]): Command {
  const { values, positionals } = parse(words, ofValidate);
  if (values.help === true) return { name: 'help' };
  const [dir = '.', ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one directory is enough; ${shown(more.join(' '))} is more`);
  const repository = checked('repository', values.repository, /^([\w-]+)\/([\w.-]+)$/, 'owner/name');
  const tenant = checked('tenant', values.tenant, tenantPattern, 'a tenant, such as fr');
  const version = checked(
    'kube-version',
    values['kube-version'],
    /^v?(\d+\.\d+(?:\.\d+)?)$/,
    'a version of Kubernetes, such as 1.36.1',
  );
  const secrets = (values.secret ?? []).map(
    (secret) => checked('secret', secret, secretPattern, 'the name of a Secret')?.[0] ?? '',
  );
  if (values.config === '') throw new UsageError('--config is empty: give the path of avant.yaml');
  if (values.config !== undefined && secrets.length > 0)
    throw new UsageError('--secret: with --config, that file says which Secrets the project is given');
  return {
    name: 'validate',
    json: values.json === true,
    dir,
    options: {
      config: values.config,
      repository: repository && { owner: repository[1] ?? '', name: repository[2] ?? '' },
      tenant: tenant?.[0],
      secrets,
      kubeVersion: version?.[1],
    },
  };
}

function doctorFrom(words: readonly string[]): Command {
  const { values, positionals } = parse(words, { ...flags, config: text });
  if (values.help === true) return { name: 'help' };
  noMore(positionals);
  if (values.config === '') throw new UsageError('--config is empty: give the path of avant.yaml');
  return { name: 'doctor', json: values.json === true, config: values.config };
}

function noMore(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`${shown(positionals.join(' '))} is more than it takes`);
}

function setupFrom(words: readonly string[]): Command {
  const { values, positionals } = parse(words, ofSetup);
  if (values.help === true) return { name: 'help' };
  noMore(positionals);
  const port = checked('port', values.port, /^\d{1,5}$/, 'a port, 0 for any that is free')?.[0] ?? '0';
  if (Number(port) > 65_535) throw new UsageError(`--port is ${port}: give a port, 65535 at most`);
  const wanted = values.timeout ?? '30m';
  const timeoutMs = durationMs(wanted) ?? 0;
  // GitHub's codes are good for an hour ("Registering a GitHub App from a manifest").
  if (timeoutMs < 1_000 || timeoutMs > 3_600_000)
    throw new UsageError(`--timeout is "${shown(wanted)}": give 1s to 1h, such as 30m`);
  if (values.name !== undefined && (values.name.trim() === '' || Array.from(values.name).length > longestAppName))
    throw new UsageError(`--name is "${shown(values.name)}": give 1 to ${longestAppName} characters`);
  return {
    name: 'setup',
    options: {
      webhookUrl: webhookUrlFrom(values.url),
      org: checked('org', values.org, /^[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}$/, 'the name of an organization')?.[0],
      name: values.name?.trim(),
      to: placeFrom(values),
      namespace: checked('namespace', values.namespace, namespacePattern, 'the name of a namespace')?.[0] ?? 'avant',
      secretName: checked('secret-name', values['secret-name'], secretPattern, 'the name of a Secret')?.[0] ?? 'avant-github',
      port: Number(port),
      timeoutMs,
    },
  };
}

function webhookUrlFrom(given: string | undefined): string {
  const mend = 'give Avant’s address as GitHub reaches it, such as https://avant.example.com';
  if (given === undefined) throw new UsageError(`--url is missing: ${mend}`);
  const url = URL.parse(given);
  const fits = url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '';
  if (!fits) throw new UsageError(`--url is "${shown(given)}": ${mend}`);
  const path = url.pathname.replace(/\/+$/, '');
  return url.origin + (path.endsWith(webhookPath) ? path : path + webhookPath);
}

function placeFrom({ output, apply, kubeconfig }: { output?: string; apply?: boolean; kubeconfig?: string }): SetupTo {
  const toCluster = apply === true || kubeconfig !== undefined;
  if (output !== undefined && toCluster) throw new UsageError('--output or --apply: the App’s Secret goes to one place');
  if (output === '' || kubeconfig === '') throw new UsageError('--output and --kubeconfig take the path of a file');
  if (output !== undefined) return { file: output };
  if (toCluster) return { kubeconfig };
  throw new UsageError('where the App’s Secret goes is missing: give --output FILE, or --apply');
}

function checked(option: string, value: string | undefined, form: RegExp, mend: string): RegExpExecArray | undefined {
  if (value === undefined) return undefined;
  const match = form.exec(value);
  if (!match) throw new UsageError(`--${option} is "${shown(value)}": give ${mend}`);
  return match;
}

function explainFrom(words: readonly string[]): Command {
  const { values, positionals } = parse(words, flags);
  if (values.help === true) return { name: 'help' };
  const [what = '', ...more] = positionals;
  const match = /^([\w-]+)\/([\w.-]+)#([1-9]\d{0,9})$/.exec(what);
  if (!match || more.length > 0)
    throw new UsageError(`"${shown(positionals.join(' '))}" names no pull request: write owner/repository#241`);
  const [, owner = '', name = '', number = ''] = match;
  return { name: 'explain', json: values.json === true, what: { owner, name, number: Number(number) } };
}

function parse<T extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: T }>> {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}
