import { at, isList, isMap, listAt } from '../json.ts';
import { names, type Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import { fields, listOf, mapOf, oneOf, text, texts, type Check, type Scope } from './shape.ts';
import { steers } from './steering.ts';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const keyShape = /^(?:([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\/)?([A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)$/;
const valueShape = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;

/** Of all annotations of one object together: TotalAnnotationSizeLimitB of apimachinery. */
const maxAnnotations = 256 * 1024;

/** Annotations that tools leave behind and that mean nothing in a preview. */
const leftovers = ['helm.sh/', 'meta.helm.sh/'];
const leftoverKeys: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
]);

/** Says whether the text can be a label's or annotation's name. */
function isKey(key: string): boolean {
  if (key.length > 253 + 1 + 63) return false;
  const [, prefix = '', name = ''] = keyShape.exec(key) ?? [];
  return name !== '' && name.length <= 63 && prefix.length <= 253;
}

function isReserved(key: string): boolean {
  return key === 'avant' || key.startsWith('avant/');
}

/** Tells what is wrong with a label's or annotation's name; true when nothing is. */
function keyPasses(
  key: string,
  rule: 'label' | 'annotation',
  field: string,
  scope: Scope,
  how: 'set' | 'wanted' = 'set',
): boolean {
  if (!isKey(key))
    scope.say(
      field,
      rule,
      `is not the name of a${rule === 'label' ? ' label' : 'n annotation'}`,
      'write letters, digits and - _ . with at most one prefix and slash',
    );
  else if (isReserved(key)) scope.say(field, 'label-reserved', 'is the platform’s', 'take it out');
  else if (how === 'set' && steers(key))
    scope.say(field, 'steering', 'steers what others run in the cluster', 'take it out');
  else return true;
  return false;
}

/** Labels. `app.kubernetes.io/managed-by` is left out: it becomes ours. */
export const labels: Check = labelsThat((key, field, scope) => keyPasses(key, 'label', field, scope));

/** Labels to look for. What is not set steers nobody. */
const wanted: Check = labelsThat((key, field, scope) => keyPasses(key, 'label', field, scope, 'wanted'));

function labelsThat(passes: (key: string, field: string, scope: Scope) => boolean): Check {
  return mapOf((key, value, field, scope) => {
    if (key === names.managedBy || !passes(key, field, scope)) return undefined;
    const taken = text(value, field, scope);
    if (typeof taken === 'string' && !isLabelValue(taken))
      scope.say(
        field,
        'label',
        `has the value "${shown(taken)}"`,
        'write at most 63 letters, digits and - _ . and begin and end with a letter or digit',
      );
    return taken;
  });
}

function isLabelValue(value: string): boolean {
  return value.length <= 63 && valueShape.test(value);
}

/** Annotations that `allowed` lets through; what tools leave behind is left out. */
export function annotations(allowed: (key: string, value: string, field: string, scope: Scope) => boolean): Check {
  const each = mapOf((key, value, field, scope) => {
    if (leftoverKeys.has(key) || leftovers.some((prefix) => key.startsWith(prefix))) return undefined;
    const taken = text(value, field, scope);
    return typeof taken === 'string' && allowed(key, taken, field, scope) ? taken : undefined;
  });
  return (value, field, scope) => {
    const taken = each(value, field, scope);
    const size = isMap(taken)
      ? Object.entries(taken).reduce(
          (sum, [key, one]) => sum + Buffer.byteLength(key) + (typeof one === 'string' ? Buffer.byteLength(one) : 0),
          0,
        )
      : 0;
    if (size > maxAnnotations) scope.say(field, 'annotation', `are ${size} bytes`, `${maxAnnotations} are the most`);
    return taken;
  };
}

/** Annotations of what no ingress controller reads. */
export const plainAnnotations: Check = annotations((key, _value, field, scope) =>
  keyPasses(key, 'annotation', field, scope),
);

/**
 * Labels to select by; `app.kubernetes.io/managed-by` is left out, as it is from what they select. At least one must be left.
 */
export const labelsToSelect: Check = (value, field, scope) => {
  if (isMap(value) && !selects(value))
    scope.say(
      field,
      'selector',
      'selects nothing of its own',
      'name a label of the pods, such as app.kubernetes.io/name',
    );
  return wanted(value, field, scope);
};

/** Whether labels to select by are left when ours is taken out. */
function selects(matchLabels: Json | undefined): boolean {
  return isMap(matchLabels) && Object.keys(matchLabels).some((key) => key !== names.managedBy);
}

const requirement = fields(
  {
    key: (value, field, scope) => {
      if (typeof value === 'string' && isReserved(value))
        scope.say(field, 'label-reserved', 'is the platform’s', 'take it out');
      return text(value, field, scope);
    },
    operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values: texts,
  },
  ['key', 'operator'],
);

const requirements: Check = (value, field, scope) => {
  const taken = listOf(requirement)(value, field, scope);
  return isList(taken) ? taken.filter((one) => at(one, 'key') !== names.managedBy) : taken;
};

/** A label selector that may be empty: of affinity and the like. */
export const anySelector: Check = fields({ matchLabels: wanted, matchExpressions: requirements });

/** The selector of a workload. */
export const selector: Check = (value, field, scope) => {
  const expressions = listAt(value, 'matchExpressions').filter((one) => at(one, 'key') !== names.managedBy);
  if (isMap(value) && !selects(at(value, 'matchLabels')) && expressions.length === 0)
    scope.say(
      field,
      'selector',
      'selects nothing of its own',
      'name a label of the pods in matchLabels, such as app.kubernetes.io/name',
    );
  return anySelector(value, field, scope);
};
