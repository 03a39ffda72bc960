import { at } from '../json.ts';
import type { Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import type { Scope } from './shape.ts';

/**
 * Says whether a pod may refer to a Secret: to its own and to those that the project was given, and to no other that the platform
 * has in the namespace. An optional reference to another one is left out, as if there were no such Secret, which is how a project
 * goes without its Secrets where a fork's preview has none.
 */
export function mayRefer(
  reference: Json | undefined,
  key: 'name' | 'secretName',
  field: string,
  scope: Scope,
): boolean {
  const name = at(reference, key);
  if (typeof name !== 'string' || scope.render.secrets.has(name) || scope.policy.secrets.includes(name)) return true;
  if (at(reference, 'optional') === true) {
    scope.leaveOut(`${field} is left out: this preview is not given the Secret "${shown(name)}"`);
    return false;
  }
  const mend =
    'write that Secret, ask the administrators to give it to the project (secrets), or mark it optional: true';
  scope.say(
    `${field}.${key}`,
    'secret-reference',
    `names the Secret "${shown(name)}", which this preview does not have`,
    mend,
  );
  return false;
}
