/** Work by key, done soon, once however often it is asked for meanwhile. */
export type WorkQueue<T> = {
  add(key: string, item: T): void;
  /** Adds the work after a while; a second time for the same key replaces the first. */
  addAfter(ms: number, key: string, item: T): void;
  /** Takes back what `addAfter` has in store for the key. */
  forget(key: string): void;
  stop(): void;
};

/** Returns a queue whose work is done in the next turn of the event loop: between two requests, as a controller beside the server would. */
export function createWorkQueue<T>(work: (item: T) => void): WorkQueue<T> {
  const due = new Map<string, T>();
  const timers = new Map<string, NodeJS.Timeout>();
  let stopped = false;
  const run = (): void => {
    const batch = [...due.values()];
    due.clear();
    for (const item of batch) if (!stopped) work(item);
  };
  const add = (key: string, item: T): void => {
    if (due.size === 0) setImmediate(run);
    due.set(key, item);
  };
  const forget = (key: string): void => {
    clearTimeout(timers.get(key));
    timers.delete(key);
  };
  return {
    add,
    addAfter(ms, key, item) {
      forget(key);
      const later = setTimeout(() => {
        timers.delete(key);
        add(key, item);
      }, ms);
      timers.set(key, later.unref());
    },
    forget,
    stop() {
      stopped = true;
      for (const key of [...timers.keys()]) forget(key);
    },
  };
}
