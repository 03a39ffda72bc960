import { Redis } from 'ioredis';
import { messageOf } from '../../core/errors.ts';

/** A command of the `client` that Redis has not answered by then fails. */
export const COMMAND_MS = 3000;
/** Seconds that the blocking read of an idle worker lasts. */
export const BLOCK_S = 5;
/** Longer than that: a socket this silent leads nowhere, and TCP would take a quarter of an hour to say so. */
const SILENT_MS = 10_000;

/** Where trouble with the connections goes; bull and ioredis take the functions as listeners. */
export type Trouble = {
  readonly report: (error: unknown) => void;
  /** The connection is well again: what is said from now on is news. */
  readonly over: () => void;
  /** From now on connections end because we end them. */
  readonly hush: () => void;
};

/** Returns a way to say each message once per outage, in an error of our own: without the command and its arguments. */
export function reportOnce(onTrouble: ((error: Error) => void) | undefined): Trouble {
  const said = new Set<string>();
  let hushed = false;
  return {
    report(error) {
      const message = messageOf(error);
      if (said.has(message)) return;
      said.add(message);
      if (!hushed) onTrouble?.(new Error(`queue: ${message}`));
    },
    over() {
      said.clear();
    },
    hush() {
      hushed = true;
    },
  };
}

/** How bull calls its connections. */
export type ConnectionType = 'client' | 'bclient' | 'subscriber';

/**
 * Opens a connection that comes back by itself. The `client` fails its commands within `COMMAND_MS` when Redis is gone
 * and keeps none for later; the blocking and the subscribing one wait for Redis, as bull wants them to.
 */
export function connect(url: string, type: ConnectionType, trouble: Trouble): Redis {
  const redis = new Redis(url, {
    ...(type === 'client'
      ? { maxRetriesPerRequest: 2, commandTimeout: COMMAND_MS }
      : { maxRetriesPerRequest: null, enableReadyCheck: false }),
    connectTimeout: 2000,
    disconnectTimeout: 200,
    keepAlive: SILENT_MS,
    retryStrategy: (times) => Math.min(100 * 2 ** times, 2000),
    // After a failover the old connection leads to what is now a replica.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  redis.on('error', trouble.report);
  redis.on('ready', trouble.over);
  if (type === 'bclient') {
    // ioredis' own `socketTimeout` keeps a timer after the connection has ended.
    redis.on('connect', () => {
      const { stream } = redis;
      stream.setTimeout(SILENT_MS, () => stream.destroy());
    });
  }
  return redis;
}

/** Sends a command on the `client`; if it is not answered in time, the connection may lead nowhere and is made anew. */
export async function send<T>(redis: Redis, command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    const silent = error instanceof Error && error.message === 'Command timed out';
    if (silent && redis.status === 'ready') redis.disconnect(true);
    throw error;
  }
}
