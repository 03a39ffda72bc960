import type { LoggedRequest } from './requests.ts';

/**
 * What a fault does to a request.
 *
 * - `{ status, headers, body }`: that answer; the request takes no effect.
 * - `not-found`, `bad-gateway`, `html`, `empty`, `secondary-limit`: GitHub's 404, a 502 page, its maintenance page with
 *   status 200, an answer of 200 without a body, the secondary rate limit with `retry-after: 60`; without effect.
 * - `hang`: no answer until the server closes or the client leaves; without effect.
 * - `reset`: the connection is cut; without effect.
 * - `answer-lost`: the request takes effect, then the connection is cut.
 * - `truncated`: the request takes effect; of the JSON only the first half arrives, as if it were all.
 * - `{ graphqlErrorAt }`: GraphQL runs, but the field at this path (response keys and list positions; `*` is any) fails,
 *   so that the answer has data and errors.
 * - `{ treeEntries }`: a tree is listed only so far, and says that it is truncated, as one beyond GitHub's limits does.
 * - `{ until }`: the request waits for the promise, then goes its normal way.
 */
export type FaultResponse =
  | { status: number; headers?: Record<string, string>; body?: string | object }
  | { graphqlErrorAt: (string | number)[]; message?: string; type?: string }
  | { treeEntries: number }
  | { until: Promise<unknown> }
  | 'not-found'
  | 'bad-gateway'
  | 'html'
  | 'empty'
  | 'secondary-limit'
  | 'hang'
  | 'reset'
  | 'answer-lost'
  | 'truncated';

export type Fault = {
  /** Which requests; all unless given. `status` is not known yet. */
  match?: (request: LoggedRequest) => boolean;
  /** How many of them; no end unless given. */
  times?: number;
  respond: FaultResponse;
};

export type Faults = {
  /** Adds a fault and returns a function that takes it away. Of several that match, the oldest acts. */
  set(fault: Fault): () => void;
  clear(): void;
};

/** No faults yet, and the function that finds the one for a request (and uses it up). */
export function createFaults(): { faults: Faults; take(request: LoggedRequest): FaultResponse | undefined } {
  let active: (Fault & { left: number })[] = [];
  const faults: Faults = {
    set: (fault) => {
      const added = { ...fault, left: fault.times ?? Infinity };
      active.push(added);
      return () => {
        active = active.filter((one) => one !== added);
      };
    },
    clear: () => {
      active = [];
    },
  };
  const take = (request: LoggedRequest): FaultResponse | undefined => {
    const found = active.find((one) => one.left > 0 && (one.match?.(request) ?? true));
    if (!found) return undefined;
    found.left -= 1;
    return found.respond;
  };
  return { faults, take };
}

/** What a proxy shows when GitHub is away for maintenance. */
export const maintenancePage = `<!DOCTYPE html>
<html><head><title>Site under maintenance</title></head>
<body><h1>This site is under maintenance</h1><p>Please try again in a few minutes.</p></body></html>
`;

/** What a proxy shows when GitHub does not answer it. */
export const badGatewayPage =
  '<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n';
