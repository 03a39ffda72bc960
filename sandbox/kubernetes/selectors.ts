import { badRequest } from './refusals.ts';
import type { KubernetesObject } from './objects.ts';
import { type Resource, pods } from './resources.ts';
import type { LabelSelector } from './workloads.ts';

/** Returns whether an object is selected. */
export type Matcher = (object: KubernetesObject) => boolean;

type Labels = Readonly<Record<string, string>>;

const setBased = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equality = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const existence = /^(!?)\s*([^\s!=,()]+)$/;

/** Returns the test for one requirement of a label selector; throws a 400 for anything the grammar does not know. */
function requirement(text: string): (labels: Labels) => boolean {
  const set = setBased.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const isIn = (labels: Labels): boolean => labels[key] !== undefined && values.includes(labels[key]);
    return operator === 'in' ? isIn : (labels) => !isIn(labels);
  }
  const equal = equality.exec(text);
  if (equal !== null) {
    const [, key = '', operator, value] = equal;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = existence.exec(text);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    return (labels) => (labels[key] !== undefined) === (not === '');
  }
  throw badRequest(`unable to parse requirement: ${JSON.stringify(text)}`);
}

/** Returns the matcher for a labelSelector (`a=b,c!=d,e in (f,g),h notin (i),j,!k`); the empty selector selects all. Throws a 400. */
export function labelSelector(selector: string): Matcher {
  const requirements = selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(requirement);
  return (object) => requirements.every((holds) => holds(object.metadata.labels ?? {}));
}

/** Returns the matcher for the equality form that Services and Deployments carry; no selector selects nothing. */
export function matchesLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  if (wanted === undefined) return false;
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

/** Returns whether the labels fit a selector with matchLabels and matchExpressions; both have to. */
export function matchesSelector(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels = {},
): boolean {
  const holds = ({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }): boolean => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === 'In' ? isIn : operator === 'NotIn' && !isIn;
  };
  return matchesLabels(matchLabels, labels) && matchExpressions.every(holds);
}

const fieldTerm = /^([^=!]+)(==|=|!=)(.*)$/;

/** Returns the matcher for a fieldSelector over metadata.name and metadata.namespace (and a Pod's status.phase). Throws a 400. */
export function fieldSelector(selector: string, resource: Resource): Matcher {
  const terms = selector
    .split(',')
    .filter((term) => term !== '')
    .map((term): Matcher => {
      const [, field = '', operator, value] = fieldTerm.exec(term) ?? [];
      const read = reader(field, resource);
      if (operator === undefined) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
      return (object) => (read(object) === value) === (operator !== '!=');
    });
  return (object) => terms.every((holds) => holds(object));
}

function reader(field: string, resource: Resource): (object: KubernetesObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  if (field === 'status.phase' && resource === pods) {
    return (object) => (object as KubernetesObject & { status?: { phase?: string } }).status?.phase ?? '';
  }
  throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
