import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import { readAccessLogEnv, readEnv, variables, type Env } from '../../app/config/env.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs1 = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const good = {
  APP_ID: '241',
  PRIVATE_KEY: pkcs1,
  WEBHOOK_SECRET: '0123456789abcdef',
  AVANT_CONFIG: '/etc/avant/avant.yaml',
};

const noFile = (path: string): string => {
  throw new Error(`ENOENT: ${path}`);
};

const read = (
  change: Record<string, string | undefined>,
  need = { web: true },
  readFile = noFile,
): ReturnType<typeof readEnv> => readEnv({ ...good, ...change }, need, readFile);

const valid = (change: Record<string, string | undefined>, need = { web: true }, readFile = noFile): Env => {
  const result = read(change, need, readFile);
  assert.ok(result.ok, result.ok ? '' : result.problems.join('\n'));
  return result.env;
};

const problems = (change: Record<string, string | undefined>, need = { web: true }, readFile = noFile): string[] => {
  const result = read(change, need, readFile);
  return result.ok ? [] : result.problems;
};

describe('readEnv', () => {
  test('needs four variables, and fills every default in', () => {
    const { privateKey, webhookSecret, ...rest } = valid({});
    assert.equal(privateKey.reveal(), pkcs1);
    assert.equal(webhookSecret?.reveal(), good.WEBHOOK_SECRET);
    assert.deepEqual(rest, {
      appId: 241,
      configPath: '/etc/avant/avant.yaml',
      kubeconfigPath: undefined,
    helmPath: undefined,
    accessLogPort: undefined,
      redisUrl: undefined,
      github: { host: undefined, protocol: 'https' },
      host: '0.0.0.0',
      port: 3000,
      adminPort: 9090,
      logLevel: 'info',
    });
  });

  test('reads every variable', () => {
    const change = {
      KUBECONFIG: '/k',
      REDIS_URL: 'rediss://u:p@redis:6380/1',
      GHE_HOST: 'localhost:3100',
      GHE_PROTOCOL: 'http',
      HOST: '127.0.0.1',
      PORT: '0',
      ADMIN_PORT: '0',
      LOG_LEVEL: 'DEBUG',
    };
    const env = valid(change);
    assert.equal(env.redisUrl?.reveal(), change.REDIS_URL);
    assert.deepEqual(
      [env.kubeconfigPath, env.github, env.host, env.port, env.adminPort, env.logLevel],
      ['/k', { host: 'localhost:3100', protocol: 'http' }, '127.0.0.1', 0, 0, 'debug'],
    );
  });

  test('takes an empty variable as one that is not set', () => {
    assert.equal(valid({ PORT: '', REDIS_URL: '', GHE_HOST: '', LOG_LEVEL: '' }).port, 3000);
    assert.deepEqual(problems({ APP_ID: '' }), ['APP_ID is not set: set it to the App’s id, the number on its page']);
  });

  const keys: [string, string, string][] = [
    ['as it is', pkcs1, pkcs1],
    ['in PKCS #8', pkcs8, pkcs8],
    ['with \\n for line breaks', pkcs1.replaceAll('\n', '\\n'), pkcs1],
    ['with spaces for line breaks', pkcs1.trim().replaceAll('\n', ' '), pkcs1],
    ['with CRLF', pkcs8.replaceAll('\n', '\r\n'), pkcs8],
    ['in base64', Buffer.from(pkcs1).toString('base64'), pkcs1],
    ['in base64 with line breaks', Buffer.from(pkcs8).toString('base64').replaceAll(/.{76}/g, '$&\n'), pkcs8],
  ];
  for (const [form, value, pem] of keys) {
    test(`takes a private key ${form}`, () => {
      assert.equal(valid({ PRIVATE_KEY: value }).privateKey.reveal(), pem);
    });
  }

  test('takes a private key from a file, if PRIVATE_KEY is not set', () => {
    const readFile = (path: string): string => (path === '/key.pem' ? pkcs8 : noFile(path));
    assert.equal(
      valid({ PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/key.pem' }, { web: true }, readFile).privateKey.reveal(),
      pkcs8,
    );
    assert.equal(valid({ PRIVATE_KEY_PATH: '/key.pem' }, { web: true }, readFile).privateKey.reveal(), pkcs1);
  });

  test('asks for no webhook secret, and no second port, where no webhooks are taken', () => {
    assert.equal(valid({ WEBHOOK_SECRET: undefined, PORT: '9090' }, { web: false }).webhookSecret, undefined);
    assert.equal(valid({ WEBHOOK_SECRET: 'development' }, { web: false }).webhookSecret, undefined);
  });
});

const secretMend = 'set it, here and in the App’s settings, to what `openssl rand -hex 32` prints';
const keyMend = 'set it to the contents of the .pem file that GitHub gave for the App';

describe('readEnv refuses, in a line that says what to set:', () => {
  const wrong: [string, Record<string, string | undefined>, string][] = [
    ['no id', { APP_ID: undefined }, 'APP_ID is not set: set it to the App’s id, the number on its page'],
    ['a name for an id', { APP_ID: 'avant' }, 'APP_ID is "avant": set it to the App’s id, the number on its page'],
    ['an id of 0', { APP_ID: '0' }, 'APP_ID is "0": set it to the App’s id, the number on its page'],
    [
      'an id beyond numbers',
      { APP_ID: '9'.repeat(20) },
      `APP_ID is "${'9'.repeat(20)}": set it to the App’s id, the number on its page`,
    ],
    [
      'no key',
      { PRIVATE_KEY: undefined },
      'PRIVATE_KEY is not set: set it to the contents of the .pem file, or PRIVATE_KEY_PATH to the path of the App’s .pem file',
    ],
    ['a key cut short', { PRIVATE_KEY: pkcs1.slice(0, 400) }, `PRIVATE_KEY is not an RSA private key: ${keyMend}`],
    [
      'a public key',
      { PRIVATE_KEY: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      `PRIVATE_KEY is not an RSA private key: ${keyMend}`,
    ],
    ['a key that is not RSA', { PRIVATE_KEY: elliptic }, `PRIVATE_KEY is not an RSA private key: ${keyMend}`],
    [
      'a key file that is not there',
      { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/no.pem' },
      'PRIVATE_KEY_PATH: /no.pem cannot be read: set it to the path of the App’s .pem file',
    ],
    ['no webhook secret', { WEBHOOK_SECRET: undefined }, `WEBHOOK_SECRET is not set: ${secretMend}`],
    ['an empty webhook secret', { WEBHOOK_SECRET: '' }, `WEBHOOK_SECRET is not set: ${secretMend}`],
    [
      'the secret development',
      { WEBHOOK_SECRET: 'development' },
      `WEBHOOK_SECRET is "development", which anybody can guess: ${secretMend}`,
    ],
    [
      'a secret with a line break',
      { WEBHOOK_SECRET: '0123456789abcdef\n' },
      `WEBHOOK_SECRET begins or ends with a space or a line break: ${secretMend}`,
    ],
    ['no configuration', { AVANT_CONFIG: undefined }, 'AVANT_CONFIG is not set: set it to the path of avant.yaml'],
    [
      'another database',
      { REDIS_URL: 'postgres://u:hunter2@db' },
      'REDIS_URL is not an address of Redis: set it to redis://host:6379 or rediss://user:password@host:6379',
    ],
    [
      'a host without a scheme for Redis',
      { REDIS_URL: 'redis' },
      'REDIS_URL is not an address of Redis: set it to redis://host:6379 or rediss://user:password@host:6379',
    ],
    [
      'a link for a host',
      { GHE_HOST: 'https://github.example.com/' },
      'GHE_HOST is "https://github.example.com/": set it to the host only, github.example.com, without https:// or a path',
    ],
    ['an unknown protocol', { GHE_PROTOCOL: 'htps' }, 'GHE_PROTOCOL is "htps": set it to https'],
    ['a port that there is not', { PORT: '65536' }, 'PORT is "65536": set it to a port, 1 to 65535'],
    ['a word for a port', { ADMIN_PORT: 'http' }, 'ADMIN_PORT is "http": set it to a port, 1 to 65535'],
    ['one port for two', { PORT: '9090' }, 'ADMIN_PORT is 9090, the same as PORT: set it to another port'],
    [
      'an unknown level',
      { LOG_LEVEL: 'loud' },
      'LOG_LEVEL is "loud": set it to one of trace, debug, info, warn, error, fatal, silent',
    ],
    ['a slip in a level', { LOG_LEVEL: 'wran' }, 'LOG_LEVEL is "wran": set it to warn'],
  ];
  for (const [what, change, line] of wrong)
    test(what, () => {
      assert.deepEqual(problems(change), [line]);
    });

  test('a key file that is none', () => {
    const change = { PRIVATE_KEY: undefined, PRIVATE_KEY_PATH: '/etc/passwd' };
    assert.deepEqual(
      problems(change, { web: true }, () => 'root:x:0:0'),
      ['PRIVATE_KEY_PATH: /etc/passwd has no RSA private key: set it to the path of the App’s .pem file'],
    );
  });

  test('everything at once, each in one line', () => {
    const all = readEnv({ PORT: 'x\ny', LOG_LEVEL: '?' }, { web: true }, noFile);
    assert.ok(!all.ok);
    assert.deepEqual(
      all.problems.map((line) => line.split(' ', 1)[0]),
      ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'AVANT_CONFIG', 'PORT', 'LOG_LEVEL'],
    );
    for (const line of all.problems) assert.doesNotMatch(line, /\n/);
  });
});

test('no secret is printed, neither with the environment nor in a problem', () => {
  const secrets = { PRIVATE_KEY: pkcs1, WEBHOOK_SECRET: 'correct-horse-battery', REDIS_URL: 'redis://u:hunter2@redis' };
  const env = valid(secrets);
  const printed = JSON.stringify(env) + inspect(env, { depth: 9, showHidden: true });
  const refused = [
    ...problems({ ...secrets, REDIS_URL: 'http://u:hunter2@x' }),
    ...problems({ WEBHOOK_SECRET: 'hunter2' }),
    ...problems({ PRIVATE_KEY: 'hunter2' }),
  ].join('\n');
  for (const text of [printed, refused]) assert.doesNotMatch(text, /hunter2|correct-horse|BEGIN|MII/);
});

describe('readAccessLogEnv', () => {
  const redis = { REDIS_URL: 'redis://localhost:6379' };

  test('needs Redis alone', () => {
    const read = readAccessLogEnv(redis);
    assert.ok(read.ok);
    const { redisUrl, ...rest } = read.env;
    assert.equal(redisUrl?.reveal(), redis.REDIS_URL);
    assert.deepEqual(rest, { accessLogPort: 5140, accessLogHost: '127.0.0.1', host: '0.0.0.0', adminPort: 9090, logLevel: 'info' });
  });

  test('tells every problem, with the mend', () => {
    const read = readAccessLogEnv({ ACCESS_LOG_PORT: 'syslog', ADMIN_PORT: '99999', LOG_LEVEL: 'loud' });
    assert.deepEqual(!read.ok && read.problems.map((problem) => problem.split(' ', 1)[0]), ['REDIS_URL', 'ACCESS_LOG_PORT', 'ADMIN_PORT', 'LOG_LEVEL']);
  });
});

test('the list for the reference has exactly the variables that are read', () => {
  const asked = new Set<string>();
  const recording = new Proxy<Record<string, string | undefined>>(
    {},
    { get: (_, name) => void asked.add(String(name)) },
  );
  readEnv(recording, { web: true }, noFile);
  readAccessLogEnv(recording);
  assert.deepEqual([...asked].sort(), variables.map(({ name }) => name).sort());
});
