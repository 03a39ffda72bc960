/** Lets so many things run at once, and the rest wait; what is urgent goes first. */
export type Turns = {
  run<T>(work: () => Promise<T>, urgent: boolean): Promise<T>;
};

/** Returns turns for `most` at once. */
export function openTurns(most: number): Turns {
  const [urgentOnes, others]: [(() => void)[], (() => void)[]] = [[], []];
  let running = 0;
  const leave = (): void => {
    const next = urgentOnes.shift() ?? others.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    run: async (work, urgent) => {
      if (running < most) running += 1;
      else {
        await new Promise<void>((resolve) => {
          (urgent ? urgentOnes : others).push(resolve);
        });
      }
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
