import { imageName } from '../image.ts';
import { shown } from '../outside-text.ts';
import { textThat, type Check } from './shape.ts';

/** Says whether a whole image name is below a prefix, which ends where a part of the name does. */
function isBelow(name: string, prefix: string): boolean {
  const whole = prefix.toLowerCase().replace(/\/+$/, '');
  return name === whole || name.startsWith(`${whole}/`);
}

/** An image of one of the platform's registries. */
export const image: Check = textThat((value, field, scope) => {
  const { registries } = scope.policy;
  const name = imageName(value);
  if (name === undefined) {
    scope.say(
      field,
      'image',
      `is "${shown(value, 120)}", which is no image`,
      'write registry/name:tag, the name in lower case',
    );
  } else if (registries && !registries.some((prefix) => isBelow(name, prefix))) {
    const listed = registries.length === 0 ? 'the platform lists no registry' : `take it from ${registries.join(', ')}`;
    scope.say(
      field,
      'image-registry',
      `is of ${shown(name, 120)}`,
      `${listed}; or ask the administrators to list this one (registries)`,
    );
  }
  return value;
});
