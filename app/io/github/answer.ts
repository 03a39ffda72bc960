import type * as z from 'zod';

/** An answer of GitHub with status 400 or more. */
export type Refusal = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
};

/**
 * Returns the answer that an error of the client stands for, or undefined for any other error (a reset connection, a
 * timeout).
 */
export function refusalOf(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return undefined;
  const response: unknown = 'response' in thrown ? thrown.response : undefined;
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const headers = typeof response.headers === 'object' && response.headers !== null ? { ...response.headers } : {};
  return { status: thrown.status, headers, data: 'data' in response ? response.data : undefined };
}

/**
 * True when GitHub itself says, in its own JSON, that the thing is not there; a proxy's or a maintenance page's 404
 * does not count.
 */
export function saysNotFound(thrown: unknown): boolean {
  const refusal = refusalOf(thrown);
  return (
    refusal !== undefined && (refusal.status === 404 || refusal.status === 410) && messageIn(refusal.data) !== undefined
  );
}

/** Returns the `message` of GitHub's JSON, if it is that. */
export function messageIn(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('message' in data)) return undefined;
  return typeof data.message === 'string' ? data.message : undefined;
}

/** Returns the data if it has the shape; throws an Error that says what is wrong with it, in one line. */
export function shaped<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue?.path.map(String).join('.') ?? '';
  const said = typeof data === 'string' ? `, but ${JSON.stringify(data.slice(0, 80))}` : '';
  throw new Error(
    `${what}: not the answer that GitHub documents${said} (${at || 'the whole'}: ${issue?.message ?? 'invalid'})`,
  );
}

/** Returns an HTTP date as ISO 8601 with whole seconds, or undefined for anything else. */
export function isoDate(header: unknown, earlierMs = 0): string | undefined {
  const time = typeof header === 'string' ? Date.parse(header) : NaN;
  if (Number.isNaN(time)) return undefined;
  return wholeSeconds(new Date(time - earlierMs));
}

/** Returns ISO 8601 in whole seconds, rounded down. */
export function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
