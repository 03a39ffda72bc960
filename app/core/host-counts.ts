/** What one host answered visitors: requests by status (499: the client went away). */
export type HostCounts = { readonly statuses: Readonly<Record<string, number>> };

/** `lastHit`: ISO 8601; undefined: never. */
export type HostTotals = HostCounts & { readonly lastHit: string | undefined };

/** What too many visitors of a link meet: server errors. */
export type Failing = {
  readonly url: string;
  /** The one that most of them meet. */
  readonly status: number;
  /** All that a tenth of them meet at least, in order; not in records of versions before, where it is `status` alone. */
  readonly statuses?: readonly number[];
  /** Of all requests to that link, 1 to 100. */
  readonly percent: number;
  /** From what that was computed when it was told; not in records of versions before. */
  readonly counted?: { readonly failed: number; readonly requests: number };
};
