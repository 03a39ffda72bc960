import * as z from 'zod';
import { isoDate, shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';

export type GraphqlError = z.infer<typeof errorShape>;
export type GraphqlAnswer = {
  readonly data: unknown;
  readonly errors: readonly GraphqlError[];
  /** No later than the moment at which GitHub began to read, by its own clock; ISO 8601, whole seconds. */
  readonly readAt: string;
};

const errorShape = z.object({
  type: z.string().optional(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  message: z.string(),
});
const answerShape = z.object({ data: z.unknown(), errors: z.array(errorShape).default([]) });

/**
 * Asks one GraphQL query. Returns GitHub's answer with whatever errors stand in it, for the caller to judge by their
 * path; throws on everything that is no such answer, and a NotYetError on a rate limit.
 *
 * `readAt` is the answer's Date header less the time that the call took: the header tells when the answer was written,
 * and what happened while it was being read may not be in it.
 */
export async function ask(
  clients: GitHubClients,
  installation: number,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<GraphqlAnswer> {
  const octokit = clients.installation(installation);
  const began = clients.clock.monotonicMs();
  const response = await octokit.request({ method: 'POST', url: clients.graphqlUrl, query, variables });
  const { status, headers } = response;
  const what = `GitHub's GraphQL answer (status ${status})`;
  if (status !== 200) throw new Error(`${what}: not 200`);
  const readAt = isoDate(headers.date, clients.clock.monotonicMs() - began);
  if (readAt === undefined) throw new Error(`${what}: no Date header`);
  const answer = shaped(answerShape, response.data as unknown, what);
  return { data: answer.data, errors: answer.errors, readAt };
}

/** Throws when one of the errors is none of those that are an answer by themselves. */
export function refuseErrors(
  errors: readonly GraphqlError[],
  isAnswer: (error: GraphqlError) => boolean = () => false,
): void {
  const unknown = errors.filter((error) => !isAnswer(error));
  const [first] = unknown;
  if (!first) return;
  const more = unknown.length > 1 ? ` (and ${unknown.length - 1} more)` : '';
  throw new Error(
    `GitHub answered in part: ${first.type ?? 'error'} at ${pathOf(first) || 'no path'}: ${first.message}${more}`,
  );
}

/** True for NOT_FOUND at a path, written `a.b`, that the pattern fits. */
export function isNotFoundAt(error: GraphqlError, path: RegExp): boolean {
  return error.type === 'NOT_FOUND' && path.test(pathOf(error));
}

/** Returns where in the answer an error is, as `a.b.0.c`; empty when it is the whole answer's. */
export function pathOf(error: GraphqlError): string {
  return (error.path ?? []).join('.');
}
