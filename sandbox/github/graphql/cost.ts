import { Kind, type DocumentNode, type FieldNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { typedError } from './context.ts';

/** GitHub refuses a query that could touch more nodes than this. */
const mostNodes = 500_000;

export type Cost = { nodes: number; points: number };

/**
 * What a query costs by GitHub's published sum: every connection asks once for each parent that there may be, and gives
 * up to `first` (or `last`) nodes each time. Points are requests / 100, at least one. Throws GitHub's error beyond
 * 500,000 nodes.
 */
export function costOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Cost {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  let nodes = 0;
  let requests = 0;
  const walk = (set: SelectionSetNode | undefined, parents: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        walk(fragments.get(selection.name.value), parents);
        continue;
      }
      const size = selection.kind === Kind.FIELD ? pageSize(selection, variables) : undefined;
      if (size === undefined) {
        walk(selection.selectionSet, parents);
        continue;
      }
      requests += parents;
      nodes += parents * size;
      if (nodes > mostNodes && selection.kind === Kind.FIELD) throw tooMany(selection.name.value, nodes);
      walk(selection.selectionSet, parents * size);
    }
  };
  walk(operation.selectionSet, 1);
  return { nodes, points: Math.max(1, Math.round(requests / 100)) };
}

function tooMany(field: string, nodes: number) {
  return typedError(
    'MAX_NODE_LIMIT_EXCEEDED',
    `By the time this query traverses to the ${field} connection, it is requesting up to ${nodes.toLocaleString('en')} possible nodes which exceeds the maximum limit of 500,000.`,
  );
}

function pageSize(field: FieldNode, variables: Record<string, unknown>): number | undefined {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== 'first' && argument.name.value !== 'last') continue;
    const { value } = argument;
    if (value.kind === Kind.INT) return Number(value.value);
    const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
    if (typeof given === 'number') return given;
  }
  return undefined;
}
