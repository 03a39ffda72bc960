import type { LoggedRequest } from './requests.ts';

/**
 * What a fault does to a request.
 *
 * - `{ status, headers, body }`: that answer; the request takes no effect.
 * - `hang`: no answer until the server closes or the client leaves; without effect.
 * - `reset`: the connection is cut; without effect.
 * - `answer-lost`: the request takes effect, then the connection is cut (a watch is cut at once).
 * - `{ until }`: the request waits for the promise, then goes its normal way.
 */
export type FaultResponse =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | object }
  | { readonly until: Promise<unknown> }
  | 'hang'
  | 'reset'
  | 'answer-lost';

export type Fault = {
  /** Which requests; all unless given. `status` is not known yet. */
  readonly match?: (request: LoggedRequest) => boolean;
  /** How many of them; no end unless given. */
  readonly times?: number;
  readonly respond: FaultResponse;
};

export type Faults = {
  /** Adds a fault and returns a function that takes it away. Of several that match, the oldest acts. */
  set(fault: Fault): () => void;
  clear(): void;
};

/** No faults yet, and the function that finds the one for a request (and uses it up). */
export function createFaults(): { faults: Faults; take(request: LoggedRequest): FaultResponse | undefined } {
  let active: { fault: Fault; left: number }[] = [];
  const faults: Faults = {
    set(fault) {
      const added = { fault, left: fault.times ?? Infinity };
      active.push(added);
      return () => {
        active = active.filter((one) => one !== added);
      };
    },
    clear() {
      active = [];
    },
  };
  const take = (request: LoggedRequest): FaultResponse | undefined => {
    const found = active.find(({ fault, left }) => left > 0 && (fault.match?.(request) ?? true));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault.respond;
  };
  return { faults, take };
}
