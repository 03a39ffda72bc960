import { haproxyIngress } from './haproxy-ingress.ts';
import { haproxytech } from './haproxytech.ts';
import type { Dialect, DialectAnnotations, DoorRules } from './policy.ts';
import { said, type Table } from './table.ts';

const tables: Readonly<Record<Dialect, Table>> = { 'haproxy-ingress': haproxyIngress, haproxytech };

/**
 * Returns the annotations by which a controller does what the rules say, for an Ingress with these paths, and the names of the typed
 * fields that it has no words for. Throws a RenderRefused naming every field whose value is not plain or cannot be said: who may look
 * is never left unsaid.
 */
export function annotationsOf(dialect: Dialect, rules: DoorRules, paths: readonly string[] = ['/']): DialectAnnotations {
  return said(tables[dialect], { rules, paths });
}

/**
 * Returns the names of the typed fields (`traffic.queue.length`) that a dialect has no words for, whatever their values: what a
 * project asks for is refused by these, what a platform asks for is told.
 */
export function wordlessFields(dialect: Dialect): readonly string[] {
  return tables[dialect].rows.filter(({ wordless }) => wordless).map(({ name }) => name);
}
