import { createPrivateKey } from 'node:crypto';
import { nearest } from './nearest.ts';
import { shown } from './problem.ts';
import { secret, type Secret } from './secret.ts';

/** What the process environment says, checked, with every default filled in. */
export type Env = {
  readonly appId: number;
  /** PEM, as GitHub gives it. */
  readonly privateKey: Secret;
  /** Undefined where no webhooks are taken. */
  readonly webhookSecret: Secret | undefined;
  /** Path of `avant.yaml`. */
  readonly configPath: string;
  /** Undefined inside a cluster: the pod's service account is used. */
  readonly kubeconfigPath: string | undefined;
  /** Path of helm; undefined: wherever one is found. */
  readonly helmPath: string | undefined;
  /** May have a password in it. Undefined means the queue is in the process. */
  readonly redisUrl: Secret | undefined;
  /** `host` with its port, if any, of a GitHub Enterprise Server; undefined means github.com. */
  readonly github: { readonly host: string | undefined; readonly protocol: 'http' | 'https' };
  /** The address to listen on. */
  readonly host: string;
  /** Webhooks. 0 takes any free port. */
  readonly port: number;
  /** Probes and metrics. 0 takes any free port. */
  readonly adminPort: number;
  readonly logLevel: LogLevel;
  /** UDP; undefined: this process does not listen to the door's access log. 0 takes any free port. */
  readonly accessLogPort: number | undefined;
};

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const protocols = ['https', 'http'] as const;

export type LogLevel = (typeof logLevels)[number];

type Variable = { readonly name: string; readonly default: string; readonly description: string };

/** Every variable that is read, for the reference. */
export const variables: readonly Variable[] = [
  { name: 'APP_ID', default: '', description: 'Id of the GitHub App: a number, on the App’s page.' },
  {
    name: 'PRIVATE_KEY',
    default: '',
    description:
      'Private key of the App, the contents of its .pem file: as it is, with `\\n` for line breaks, or in base64.',
  },
  { name: 'PRIVATE_KEY_PATH', default: '', description: 'Path of the .pem file, instead of `PRIVATE_KEY`.' },
  {
    name: 'WEBHOOK_SECRET',
    default: '',
    description: 'The App’s webhook secret, best of 32 characters or more; only processes that take webhooks need it.',
  },
  { name: 'AVANT_CONFIG', default: '', description: 'Path of `avant.yaml`.' },
  {
    name: 'KUBECONFIG',
    default: 'in-cluster',
    description: 'Path of a kubeconfig file; without it the pod’s service account is used.',
  },
  {
    name: 'REDIS_URL',
    default: 'none',
    description:
      '`redis://` or `rediss://`: the queue is on Redis, and webhooks and workers may be processes of their own.',
  },
  { name: 'AVANT_HELM', default: 'found', description: 'Path of helm; without it, one on `PATH` or where `install/helm.sh` puts it.' },
  { name: 'GHE_HOST', default: 'github.com', description: 'Host (and port) of a GitHub Enterprise Server.' },
  { name: 'GHE_PROTOCOL', default: 'https', description: '`https` or `http`, for `GHE_HOST`.' },
  { name: 'HOST', default: '0.0.0.0', description: 'The address to listen on.' },
  { name: 'PORT', default: '3000', description: 'The port for webhooks.' },
  { name: 'ADMIN_PORT', default: '9090', description: 'The port for probes and metrics.' },
  {
    name: 'ACCESS_LOG_PORT',
    default: 'none',
    description: 'The UDP port for HAProxy’s access log, where this process counts visits itself; beside each HAProxy `node app/main.ts access-log` does, on 5140.',
  },
  { name: 'ACCESS_LOG_HOST', default: '127.0.0.1', description: 'The address for it, of `node app/main.ts access-log`.' },
  { name: 'LOG_LEVEL', default: 'info', description: `One of ${logLevels.map((level) => `\`${level}\``).join(', ')}.` },
];

type Reading<T> = { readonly value: T } | { readonly problem: string };

/** Returns a variable; one that is empty counts as not set. */
type Get = (name: string) => string | undefined;

/** What could be read of an environment that has problems; of what has one, nothing. */
export type EnvFound = { readonly [Key in keyof Env]: Env[Key] | undefined };

/**
 * Returns the environment, or a line for every problem that says what to set, and what is fine all the same. Each line begins
 * with the variable's name. `need.web` says whether webhooks are taken. `readFile` returns a file's text, or throws. No line has
 * a secret in it.
 */
export function readEnv(
  env: Readonly<Record<string, string | undefined>>,
  need: { readonly web: boolean },
  readFile: (path: string) => string,
):
  | { readonly ok: true; readonly env: Env }
  | { readonly ok: false; readonly problems: string[]; readonly found: EnvFound } {
  const problems: string[] = [];
  const take = <T>(reading: Reading<T>): T | undefined => {
    if ('value' in reading) return reading.value;
    problems.push(reading.problem);
    return undefined;
  };
  const get: Get = (name) => env[name] || undefined;
  const appId = take(readAppId(get));
  const privateKey = take(readPrivateKey(get, readFile));
  const webhookSecret = need.web ? take(readWebhookSecret(get)) : undefined;
  const configPath = take(readConfigPath(get));
  const redisUrl = take(readRedisUrl(get));
  const gheHost = take(readGitHubHost(get));
  const protocol = take(readChoice(get, 'GHE_PROTOCOL', protocols, 'https'));
  const port = take(readPort(get, 'PORT', 3000));
  const adminPort = take(readPort(get, 'ADMIN_PORT', 9090));
  const accessLogPort = get('ACCESS_LOG_PORT') === undefined ? undefined : take(readPort(get, 'ACCESS_LOG_PORT', 0));
  const [host, kubeconfigPath, helmPath] = [get('HOST') ?? '0.0.0.0', get('KUBECONFIG'), get('AVANT_HELM')];
  const logLevel = take(readChoice(get, 'LOG_LEVEL', logLevels, 'info'));
  if (need.web && port !== undefined && port === adminPort && port > 0) {
    problems.push(`ADMIN_PORT is ${port}, the same as PORT: set it to another port`);
  }
  const github =
    protocol === undefined || problems.some((problem) => problem.startsWith('GHE_HOST'))
      ? undefined
      : { host: gheHost, protocol };
  const others = { webhookSecret, kubeconfigPath, helmPath, redisUrl, host, accessLogPort };
  const found: EnvFound = { appId, privateKey, configPath, github, port, adminPort, logLevel, ...others };
  if (problems.length > 0 || !appId || !privateKey || !configPath || !github || !logLevel)
    return { ok: false, problems, found };
  if (port === undefined || adminPort === undefined) return { ok: false, problems, found };
  return { ok: true, env: { appId, privateKey, configPath, github, port, adminPort, logLevel, ...others } };
}

/** What the process beside a HAProxy needs of the environment. */
export type AccessLogEnv = Pick<Env, 'redisUrl' | 'host' | 'adminPort' | 'logLevel'> & {
  readonly accessLogPort: number;
  /** HAProxy's log has no secret of its own: only who shares the address may write it. */
  readonly accessLogHost: string;
};

/** Returns the environment of the process that counts visits beside a HAProxy, or a line for every problem. */
export function readAccessLogEnv(env: Readonly<Record<string, string | undefined>>): { readonly ok: true; readonly env: AccessLogEnv } | { readonly ok: false; readonly problems: string[] } {
  const get: Get = (name) => env[name] || undefined;
  const redis = readRedisUrl(get);
  const addresses = { host: get('HOST') ?? '0.0.0.0', accessLogHost: get('ACCESS_LOG_HOST') ?? '127.0.0.1' };
  const [accessLogPort, adminPort, logLevel] = [readPort(get, 'ACCESS_LOG_PORT', 5140), readPort(get, 'ADMIN_PORT', 9090), readChoice(get, 'LOG_LEVEL', logLevels, 'info')];
  const needed: Reading<unknown> = get('REDIS_URL') === undefined ? { problem: 'REDIS_URL is not set: set it to the Redis that Avant has' } : redis;
  const problems = [needed, accessLogPort, adminPort, logLevel].flatMap((reading) => ('problem' in reading ? [reading.problem] : []));
  if (!('value' in redis) || !('value' in accessLogPort) || !('value' in adminPort) || !('value' in logLevel) || problems.length > 0) return { ok: false, problems };
  return { ok: true, env: { redisUrl: redis.value, accessLogPort: accessLogPort.value, adminPort: adminPort.value, logLevel: logLevel.value, ...addresses } };
}

function readAppId(get: Get): Reading<number> {
  const value = get('APP_ID');
  const mend = 'set it to the App’s id, the number on its page';
  if (value === undefined) return { problem: `APP_ID is not set: ${mend}` };
  const id = Number(value);
  const fits = /^[1-9]\d*$/.test(value) && Number.isSafeInteger(id);
  return fits ? { value: id } : { problem: `APP_ID is "${shown(value)}": ${mend}` };
}

function readPrivateKey(get: Get, readFile: (path: string) => string): Reading<Secret> {
  const [value, path] = [get('PRIVATE_KEY'), get('PRIVATE_KEY_PATH')];
  if (value !== undefined) {
    const mend = 'set it to the contents of the .pem file that GitHub gave for the App';
    return keyOf(value, `PRIVATE_KEY is not an RSA private key: ${mend}`);
  }
  const mend = 'to the path of the App’s .pem file';
  if (path === undefined)
    return { problem: `PRIVATE_KEY is not set: set it to the contents of the .pem file, or PRIVATE_KEY_PATH ${mend}` };
  const named = `PRIVATE_KEY_PATH: ${shown(path, 200)}`;
  try {
    return keyOf(readFile(path), `${named} has no RSA private key: set it ${mend}`);
  } catch {
    return { problem: `${named} cannot be read: set it ${mend}` };
  }
}

function keyOf(text: string, problem: string): Reading<Secret> {
  const pem = pemOf(text);
  return isRsaKey(pem) ? { value: secret(pem) } : { problem };
}

/**
 * The forms that Probot takes (@probot/get-private-key): PEM, PEM with `\n` or spaces for line breaks, base64 of these.
 */
function pemOf(value: string): string {
  const trimmed = value.trim();
  const decoded = /^[A-Za-z0-9+/\s]+={0,2}$/.test(trimmed) ? Buffer.from(trimmed, 'base64').toString() : trimmed;
  const text = decoded.replaceAll('\\n', '\n').trim();
  const match = /^(-----BEGIN (?:RSA )?PRIVATE KEY-----)([A-Za-z0-9+/=\s]+)(-----END (?:RSA )?PRIVATE KEY-----)$/.exec(
    text,
  );
  if (!match) return text;
  const [, begin = '', body = '', end = ''] = match;
  return [begin, ...body.trim().split(/\s+/), end, ''].join('\n');
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function readWebhookSecret(get: Get): Reading<Secret> {
  const value = get('WEBHOOK_SECRET');
  const mend = 'set it, here and in the App’s settings, to what `openssl rand -hex 32` prints';
  if (value === undefined) return { problem: `WEBHOOK_SECRET is not set: ${mend}` };
  if (value !== value.trim()) return { problem: `WEBHOOK_SECRET begins or ends with a space or a line break: ${mend}` };
  if (value === 'development') return { problem: `WEBHOOK_SECRET is "development", which anybody can guess: ${mend}` };
  return { value: secret(value) };
}

function readConfigPath(get: Get): Reading<string> {
  const value = get('AVANT_CONFIG');
  return value === undefined ? { problem: 'AVANT_CONFIG is not set: set it to the path of avant.yaml' } : { value };
}

function readRedisUrl(get: Get): Reading<Secret | undefined> {
  const value = get('REDIS_URL');
  if (value === undefined) return { value };
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (['redis:', 'rediss:'].includes(protocol)) return { value: secret(value) };
  return {
    problem: 'REDIS_URL is not an address of Redis: set it to redis://host:6379 or rediss://user:password@host:6379',
  };
}

function readGitHubHost(get: Get): Reading<string | undefined> {
  const value = get('GHE_HOST');
  if (value === undefined || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/.test(value)) return { value };
  const mend = 'set it to the host only, github.example.com, without https:// or a path';
  return { problem: `GHE_HOST is "${shown(value)}": ${mend}` };
}

function readPort(get: Get, name: string, otherwise: number): Reading<number> {
  const value = get(name);
  if (value === undefined) return { value: otherwise };
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return { value: Number(value) };
  return { problem: `${name} is "${shown(value)}": set it to a port, 1 to 65535` };
}

function readChoice<T extends string>(get: Get, name: string, choices: readonly T[], otherwise: T): Reading<T> {
  const value = get(name);
  if (value === undefined) return { value: otherwise };
  const choice = choices.find((one) => one === value.toLowerCase());
  if (choice !== undefined) return { value: choice };
  return {
    problem: `${name} is "${shown(value)}": set it to ${nearest(value, choices) ?? `one of ${choices.join(', ')}`}`,
  };
}
