/** What a handler says when it ended well: done, or run this id again after so many milliseconds. */
export type Outcome = { readonly againMs?: number };

export type Run = {
  /** True when a hint since the last successful run said that GitHub may have changed. */
  readonly changed: boolean;
  /** 1 for the first try since the last success, then 2, 3, … */
  readonly attempt: number;
};

export type Handler = (id: string, run: Run) => Promise<Outcome>;

/**
 * A keyed work queue. Laws (one contract test holds both makings to them): an id normally runs once at a time; a hint that
 * arrives while its id runs makes it run again; hints of one id coalesce, and `changed` is the OR of them, kept through
 * failures; a thrown error is retried with growing delay, and after `attempts` the id parks: it is not tried again until a
 * new hint comes, and the other ids go on; a worker killed in the middle of a run loses nothing.
 */
export type Queue = {
  /** Asks for a run of `id`; with `afterMs` not before that delay (an earlier run already asked for stays). Rejects when the hint could not be kept. */
  add(id: string, hint?: { readonly changed?: boolean; readonly afterMs?: number }): Promise<void>;
  /** Starts running ids with the handler, at most `concurrency` at once. Called once at most. */
  work(handler: Handler, options: { readonly concurrency: number }): void;
  /** Makes every id that is marked but has no job runnable again; returns how many. */
  adopt(): Promise<number>;
  /** Numbers for the metrics. */
  counts(): Promise<{ readonly waiting: number; readonly active: number; readonly delayed: number; readonly parked: number }>;
  /** Stops taking ids, waits for the running ones at most `graceMs`, and lets go of every connection and timer. */
  close(graceMs: number): Promise<void>;
};
