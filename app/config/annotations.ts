import { annotationPattern, neverLeftToBranches, possibleAnnotations, type Never } from '../core/traffic/branch-annotations.ts';
import type { Wrong } from './shape.ts';

const mends: Readonly<Record<Never['kind'], string>> = {
  dangerous: 'leave it out',
  typed: 'leave it out: Avant writes it',
  unproven: `leave it out; of the controllers’ can be left: ${possibleAnnotations.join(', ')}`,
};

/** Says what keeps the name of an annotation from being left to branches. */
export function annotationRule(name: string): Wrong | undefined {
  const mend = 'write exact names, each with its prefix: haproxy-ingress.github.io/affinity';
  if (/[*?]/.test(name)) return { message: 'has a wildcard', mend };
  if (!annotationPattern.test(name)) return { message: 'is not an annotation’s name', mend };
  const never = neverLeftToBranches(name);
  return never && { message: `cannot be left to branches: ${never.why}`, mend: mends[never.kind] };
}
