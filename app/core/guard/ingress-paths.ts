import { at, listAt, textAt, wordAt } from '../json.ts';
import type { Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import type { Judged } from './totals.ts';

type Backend = { readonly service: string; readonly number: string; readonly name: string };
type Way = { readonly key: string; readonly field: string; readonly backend: Backend };

/**
 * Tells the paths of a host that lead to two places. A controller takes one and passes the other over, which nobody would hear of: with
 * haproxy-ingress the oldest Ingress wins (its pkg/converters/ingress/ingress.go, "redeclared path"). `Exact` is a path of its own beside the others.
 */
export function judgePaths(judged: readonly Judged[]): void {
  const taken = new Map<string, { readonly backend: Backend; readonly where: string }>();
  for (const { file, object, scope } of judged.filter((one) => one.object['kind'] === 'Ingress')) {
    for (const { key, field, backend } of waysOf(object)) {
      const first = taken.get(key);
      if (!first) taken.set(key, { backend, where: `Ingress/${shown(textAt(object, 'metadata', 'name'), 80)} in ${file}` });
      else if (differ(first.backend, backend))
        scope.say(
          field,
          'ingress-path-twice',
          `leads to ${said(backend)}, and the same path to ${said(first.backend)} by ${first.where}`,
          'one of the two would get no request: give it another path, or take it out',
        );
    }
  }
}

function waysOf(ingress: Json): readonly Way[] {
  return listAt(at(ingress, 'spec'), 'rules').flatMap((rule, index) =>
    listAt(at(rule, 'http'), 'paths').map((path, place) => ({
      key: JSON.stringify([textAt(rule, 'host'), textAt(path, 'path'), textAt(path, 'pathType') === 'Exact']),
      field: `spec.rules[${index}].http.paths[${place}].backend`,
      backend: backendOf(at(path, 'backend', 'service')),
    })),
  );
}

function backendOf(service: Json | undefined): Backend {
  return { service: textAt(service, 'name'), number: wordAt(service, 'port', 'number'), name: wordAt(service, 'port', 'name') };
}

/** A port's name and a number may be the same port. */
function differ(a: Backend, b: Backend): boolean {
  if (a.service !== b.service) return true;
  return [[a.number, b.number], [a.name, b.name]].some(([one, other]) => one !== '' && other !== '' && one !== other);
}

function said({ service, number, name }: Backend): string {
  return `port ${shown(number || name, 80)} of the Service "${shown(service, 80)}"`;
}
