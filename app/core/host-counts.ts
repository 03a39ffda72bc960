/** What one host answered visitors: requests by status (499: the client went away). */
export type HostCounts = { readonly statuses: Readonly<Record<string, number>> };

/** `lastHit`: ISO 8601; undefined: never. */
export type HostTotals = HostCounts & { readonly lastHit: string | undefined };

/** The server error that most of the failing requests meet. */
export type Failing = { readonly url: string; readonly status: number; /** Of all requests to that link, 1 to 100. */ readonly percent: number };
