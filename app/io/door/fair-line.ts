/** Lets so many things run at once; the rest wait, and owners take turns, so that one with many holds up nobody with few. */
export type FairLine = {
  /** Runs the work when its turn comes; it may not throw. */
  add(owner: string, work: () => Promise<void>): void;
};

/** Returns a line that lets `most` run at once. */
export function openFairLine(most: number): FairLine {
  const waiting = new Map<string, (() => Promise<void>)[]>();
  let running = 0;

  function next(): (() => Promise<void>) | undefined {
    for (const [owner, works] of waiting) {
      const work = works.shift();
      waiting.delete(owner);
      // Behind all the others.
      if (works.length > 0) waiting.set(owner, works);
      if (work) return work;
    }
    return undefined;
  }

  function pump(): void {
    while (running < most) {
      const work = next();
      if (!work) return;
      running += 1;
      void work().finally(() => {
        running -= 1;
        pump();
      });
    }
  }

  return {
    add: (owner, work) => {
      waiting.set(owner, [...(waiting.get(owner) ?? []), work]);
      pump();
    },
  };
}
