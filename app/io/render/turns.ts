import { openLine, type Costly, type Place } from './line.ts';
import { OverLimit } from './refusals.ts';

/** Lets so many things run at once, and the rest wait in line. */
export type Turns = {
  run<T>(work: () => Promise<T>, place: Place): Promise<T>;
};

/** Returns turns for `most` at once. A queue whose work ends in an OverLimit becomes costly before the next has its turn. */
export function openTurns(most: number, costly: Costly): Turns {
  const line = openLine<() => void>(costly);
  let running = 0;
  const leave = (): void => {
    const next = line.next();
    if (next) next();
    else running -= 1;
  };
  return {
    run: async (work, place) => {
      if (running < most) running += 1;
      else {
        await new Promise<void>((resolve) => {
          line.add(resolve, place);
        });
      }
      try {
        return await work();
      } catch (error) {
        if (error instanceof OverLimit) costly.add(place.queue);
        throw error;
      } finally {
        leave();
      }
    },
  };
}
