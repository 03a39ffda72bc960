import type { GraphQLResolveInfo } from 'graphql';
import { typedError, type Args } from './context.ts';

/** The most that GitHub gives of a list at once. */
const mostPerPage = 100;

/** GitHub's cursors are opaque and hold where the item stands in the order; so do these. */
function cursorOf(place: readonly number[]): string {
  return Buffer.from(`cursor:v2:${JSON.stringify(place)}`).toString('base64');
}

function placeOf(cursor: unknown): number[] {
  const text = Buffer.from(String(cursor), 'base64').toString('utf8');
  const found = /^cursor:v2:(\[[-\d.,]*\])$/.exec(text)?.[1];
  if (found !== undefined) return JSON.parse(found) as number[];
  throw typedError('INVALID_CURSOR_ARGUMENTS', `\`${String(cursor)}\` does not appear to be a valid cursor.`);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Throws GitHub's errors for a connection asked without bounds or for more than 100. */
function bounds(args: Args, field: string): { first: number | undefined; last: number | undefined } {
  const number = (name: 'first' | 'last'): number | undefined => {
    const value = args[name];
    if (typeof value !== 'number') return undefined;
    if (value < 0)
      throw typedError('BAD_USER_INPUT', `\`${name}\` on the \`${field}\` connection cannot be less than zero.`);
    if (value <= mostPerPage) return value;
    const message = `Requesting ${value} records on the \`${field}\` connection exceeds the \`${name}\` limit of ${mostPerPage} records.`;
    throw typedError('EXCESSIVE_PAGINATION', message);
  };
  const [first, last] = [number('first'), number('last')];
  if (first !== undefined || last !== undefined) return { first, last };
  throw typedError(
    'MISSING_PAGINATION_BOUNDARIES',
    `You must provide a \`first\` or \`last\` value to properly paginate the \`${field}\` connection.`,
  );
}

/**
 * A page of items as a GraphQL connection. `place` says where an item stands in the order that `items` have, so that a
 * cursor keeps its meaning when its item is gone; `descending` turns that order round.
 */
export function connection<Item>(
  items: readonly Item[],
  args: Args,
  info: GraphQLResolveInfo,
  place: (item: Item, index: number) => number[],
  descending = false,
) {
  const { first, last } = bounds(args, info.fieldName);
  const places = items.map(place);
  /** How many items stand before the cursor, or up to it and with it. */
  const countBefore = (cursor: unknown, inclusive: boolean): number => {
    const at = placeOf(cursor);
    const index = places.findIndex((one) => {
      const difference = compare(one, at) * (descending ? -1 : 1);
      return inclusive ? difference > 0 : difference >= 0;
    });
    return index < 0 ? items.length : index;
  };
  let start = typeof args['after'] !== 'string' ? 0 : countBefore(args['after'], true);
  let end = typeof args['before'] !== 'string' ? items.length : countBefore(args['before'], false);
  if (first !== undefined) end = Math.min(end, start + first);
  else if (last !== undefined) start = Math.max(start, end - last);
  const page = items.slice(start, end);
  const cursors = places.slice(start, end).map(cursorOf);
  return {
    totalCount: items.length,
    nodes: page,
    edges: page.map((node, index) => ({ node, cursor: cursors[index] ?? '' })),
    pageInfo: {
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
    },
  };
}
