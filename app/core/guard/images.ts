import { shown } from '../outside-text.ts';
import { textThat, type Check } from './shape.ts';

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const host = /^(?:[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/;

/**
 * Returns the whole name of an image without tag and digest, as container runtimes read it: `nginx:1` is `docker.io/library/nginx`.
 * Undefined for what is no reference, `[host[:port]/]name[:tag][@digest]`. https://github.com/distribution/reference
 */
export function imageName(reference: string): string | undefined {
  if (reference.length > 1024) return undefined;
  const at = reference.indexOf('@');
  if (at >= 0 && !digestShape.test(reference.slice(at + 1))) return undefined;
  const tagged = at < 0 ? reference : reference.slice(0, at);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  if (colon >= 0 && !tagShape.test(tagged.slice(colon + 1))) return undefined;
  return wholeName(colon < 0 ? tagged : tagged.slice(0, colon));
}

function wholeName(name: string): string | undefined {
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const path = hasHost ? rest : [first, ...rest];
  if ((hasHost && !host.test(first)) || name.length > 255 || !path.every((part) => component.test(part))) return undefined;
  // To a container runtime that is an image's id, whatever registry it came from.
  if (/^[0-9a-f]{64}$/.test(name)) return undefined;
  const registry = hasHost ? hostName(first) : 'docker.io';
  return [registry, ...(registry === 'docker.io' && path.length === 1 ? ['library'] : []), ...path].join('/');
}

function hostName(name: string): string {
  const lower = name.toLowerCase();
  return lower === 'index.docker.io' ? 'docker.io' : lower;
}

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
    scope.say(field, 'image', `is "${shown(value, 120)}", which is no image`, 'write registry/name:tag, the name in lower case');
  } else if (registries && !registries.some((prefix) => isBelow(name, prefix))) {
    const listed = registries.length === 0 ? 'the platform lists no registry' : `take it from ${registries.join(', ')}`;
    scope.say(field, 'image-registry', `is of ${shown(name, 120)}`, `${listed}; or ask the administrators to list this one (registries)`);
  }
  return value;
});
