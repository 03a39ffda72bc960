import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { secretPattern, tenantPattern } from '../config/platform-texts.ts';
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

--json prints one document instead; docs/cli.md says what is in it.
Exit codes: 0 fine, 1 problems found, 2 wrong command line, 3 could not be told.`;

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

export type Command =
  | { readonly name: 'help' }
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

/** Returns what the words after `avant` ask for. Throws a UsageError. */
export function readCommandLine(argv: readonly string[]): Command {
  const [name, ...words] = argv;
  switch (name) {
    case 'validate':
      return validateFrom(words);
    case 'explain':
      return explainFrom(words);
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
