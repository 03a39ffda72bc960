/** Whose work it is, and whether somebody waits for its outcome. */
export type Place = { readonly queue: string; readonly urgent: boolean };

/** Work that waits: all that is urgent first, the queues in turn, those that cost too much lately behind all others. */
export type Line<T> = {
  add(one: T, place: Place): void;
  /** Takes what is next out of the line; undefined: nobody waits. */
  next(): T | undefined;
  length(): number;
};

/** Queues whose work broke a limit of time or memory lately. */
export type Costly = { add(queue: string): void; has(queue: string): boolean };

/** Returns no costly queues; one that is added is costly for so many milliseconds. */
export function openCostly(ms: number): Costly {
  const ends = new Map<string, number>();
  return {
    add: (queue) => {
      const now = performance.now();
      for (const [one, end] of ends) if (end < now) ends.delete(one);
      ends.set(queue, now + ms);
    },
    has: (queue) => (ends.get(queue) ?? -Infinity) >= performance.now(),
  };
}

/** Returns an empty line. */
export function openLine<T>(costly: Pick<Costly, 'has'>): Line<T> {
  // A Map lists its keys in the order in which they were put: a queue that had its turn is put again, behind the others.
  const urgentOnes = new Map<string, T[]>();
  const others = new Map<string, T[]>();
  let length = 0;
  const take = (queues: Map<string, T[]>, costlyToo: boolean): T | undefined => {
    for (const [queue, waiting] of queues) {
      if (!costlyToo && costly.has(queue)) continue;
      queues.delete(queue);
      const one = waiting.shift();
      if (waiting.length > 0) queues.set(queue, waiting);
      length -= 1;
      return one;
    }
    return undefined;
  };
  return {
    add: (one, { queue, urgent }) => {
      const queues = urgent ? urgentOnes : others;
      const waiting = queues.get(queue);
      if (waiting) waiting.push(one);
      else queues.set(queue, [one]);
      length += 1;
    },
    next: () => take(urgentOnes, false) ?? take(others, false) ?? take(urgentOnes, true) ?? take(others, true),
    length: () => length,
  };
}
