/** One entry of the `errors` array of a 422 answer. */
export type RefusalDetail = {
  resource?: string;
  field?: string;
  code: string;
  message?: string;
  [more: string]: unknown;
};

/**
 * What GitHub says when it will not do something. Thrown by the world's mutators, by the REST routes and by the
 * GraphQL resolvers; REST answers with `status` and GitHub's JSON shape, pages show `message`.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: RefusalDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, errors?: RefusalDetail[], headers: Record<string, string> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

/** GitHub's 404, also its answer for what exists but may not be seen. */
export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

/** GitHub's 422 for one field: `code` is one of its documented codes, or `custom` with a message. */
export function invalid(resource: string, field: string, code: string, message?: string): Refusal {
  const detail: RefusalDetail = { resource, field, code };
  if (message !== undefined) detail.message = message;
  return new Refusal(422, 'Validation Failed', [detail]);
}
