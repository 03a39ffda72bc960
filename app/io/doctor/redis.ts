import { Redis } from 'ioredis';
import type { Secret } from '../../config/secret.ts';
import { ok, problem, warning, type Verdict } from '../../core/diagnosis.ts';
import { messageOf } from '../../core/errors.ts';
import { once, type Check } from './checks.ts';

/** Looks at Redis with one INFO, which managed ones answer too where they refuse CONFIG. */
export function redisChecks(url: Secret, needs: readonly string[]): Check[] {
  const info = once(() => readInfo(url.reveal()));
  const otherwise = 'set REDIS_URL to a Redis that is reached from here, with its user and password';
  return [
    { name: 'Redis', needs, otherwise, run: async () => judgeServer(await info()) },
    { name: 'Redis eviction', needs: ['Redis'], otherwise, run: async () => judgeEviction(await info()) },
  ];
}

type Info = ReadonlyMap<string, string>;

async function readInfo(url: string): Promise<Info> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 4_000,
    commandTimeout: 4_000,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // `connect` rejects with "Connection is closed"; why is told here.
  let why: Error | undefined;
  redis.on('error', (error: Error) => {
    why ??= error;
  });
  try {
    await redis.connect();
    const lines = (await redis.info()).split(/\r?\n/).filter((line) => line.includes(':'));
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  } catch (error) {
    throw new Error(messageOf(why ?? error), { cause: undefined });
  } finally {
    redis.disconnect();
  }
}

function judgeServer(info: Info): Verdict {
  const version = info.get('redis_version') ?? 'of unknown version';
  if (info.get('loading') === '1') return problem(`${version}, still loading its data`, 'wait, and look again');
  return info.get('role') === 'slave'
    ? problem(`${version}, a replica, which takes no writes`, 'let REDIS_URL name the primary')
    : ok(version);
}

/** A queue that loses some of its keys, and not all, is worse off than one that was flushed. */
function judgeEviction(info: Info): Verdict {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return warning('Redis does not tell its maxmemory-policy', 'see that it is noeviction');
  return policy === 'noeviction'
    ? ok('none (noeviction)')
    : problem(`maxmemory-policy is ${policy}: keys of the queue may be thrown away`, 'set it to noeviction');
}
