import { shown } from '../outside-text.ts';
import { introduced } from '../report/redact.ts';
import type { Violation } from './policy.ts';

/** Violations that are told one by one; the rest is counted. */
export const maxViolations = 100;

/**
 * Returns a violation as one line, `file: Kind/name field: message — mend (rule)`. Text from outside is cut, and what does not show
 * is written out.
 */
export function formatViolation({ file, object, field, rule, message, mend }: Violation): string {
  const where = field === '' ? ': ' : ` ${introduced(shown(field, 300))}`;
  return `${shown(file, 200)}: ${shown(object, 150)}${where}${shown(message, 400)} — ${shown(mend, 400)} (${rule})`;
}

/** Returns the first 100, and beyond them one that counts the rest. */
export function capped(violations: readonly Violation[], uncounted: number): readonly Violation[] {
  const [last, left] = [violations[maxViolations - 1], violations.length - maxViolations + uncounted];
  if (last === undefined || left <= 0) return violations;
  const rest = {
    ...last,
    field: '',
    rule: 'more',
    message: `${left} more violations, here and in other objects`,
    mend: 'mend these first',
  };
  return [...violations.slice(0, maxViolations), rest];
}
