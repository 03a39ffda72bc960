import { shown } from '../core/outside-text.ts';
import { introduced } from '../core/report/redact.ts';

export { shown };

/** One thing that is wrong in a configuration file, told so that its reader can mend it. */
export type Problem = {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** The key, as in `service.port.name`; empty when the problem is the file's as a whole. */
  readonly field: string;
  readonly message: string;
  readonly mend: string;
};

/** Returns the problem as one line: `avant.yaml:3:5 tenants.fr.wieght: unknown key — did you mean "weight"?`. */
export function formatProblem(problem: Problem): string {
  return asLine(problem, `${problem.field}: `);
}

/** Returns the problem as a line of a comment, where what looks like a secret is hidden. */
export function formatForComment(problem: Problem): string {
  return asLine(problem, introduced(problem.field));
}

function asLine({ file, line, column, field, message, mend }: Problem, begin: string): string {
  const what = `${file}:${line}:${column} ${field === '' ? '' : begin}${message}`;
  return (mend === '' ? what : `${what} — ${mend}`).replaceAll(/\s+/g, ' ');
}

/** Returns a path into the file as a reader writes it: `tenants.fr`, `tenants[1]`, `env."a.b"`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const name = shown(String(step));
      return (index === 0 ? '' : '.') + (/^[\w/-]+$/.test(name) ? name : `"${name}"`);
    })
    .join('');
}

const maxProblems = 50;

/** Returns the problems in the order of the file; beyond 50, the first 50 and one line that counts the rest. */
export function inOrder(problems: readonly Problem[], uncounted = 0): Problem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [last, left] = [sorted[maxProblems - 1], sorted.length - maxProblems + uncounted];
  if (last === undefined || left <= 0) return sorted;
  const rest = { ...last, field: '', message: `${left} more problems`, mend: 'mend these first' };
  return [...sorted.slice(0, maxProblems), rest];
}
