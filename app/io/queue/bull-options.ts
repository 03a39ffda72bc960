import type { QueueOptions } from './attempt.ts';

/** Where a queue on bull and Redis is, and how long it waits for workers that fall silent. */
export type BullQueueOptions = QueueOptions & {
  /** `redis://` or `rediss://`, with user, password and database if need be. */
  readonly redisUrl: string;
  /** Processes that give the same name and prefix share the queue. */
  readonly name: string;
  /** What Redis keys start with; `avant` unless given. In a Redis Cluster it must be in braces. */
  readonly prefix?: string;
  /** How long a worker may be silent before its job is another's; 30 s unless given. Renewed at half of it. */
  readonly lockMs?: number;
  /** How often jobs without a lock are looked for; 15 s unless given. A dead worker's job waits `lockMs` + 2 × this. */
  readonly stalledMs?: number;
  /** Told of trouble with Redis or in bull, once per message until the connection is well again; holds no secret. */
  readonly onTrouble?: (error: Error) => void;
};
