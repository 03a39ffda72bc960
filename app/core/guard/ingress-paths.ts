import { at, listAt, textAt, wordAt } from '../json.ts';
import type { Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import { thereAre } from '../service-ports.ts';
import { isDnsLabel } from './metadata.ts';
import type { Services } from './services.ts';
import type { Judged } from './totals.ts';

type Way = { readonly key: string; readonly path: string; readonly field: string; readonly service: string; readonly port: string; readonly named: boolean };
type Taken = { readonly way: Way; readonly target: string; readonly where: string };

/**
 * Tells the paths that lead nowhere, to a Service that is not among the objects or to a port that it does not have: a controller leaves them
 * out, and nobody would hear of it. And those of a host that lead to two places: a controller takes one and passes the other over; with
 * haproxy-ingress the oldest Ingress wins (its pkg/converters/ingress/ingress.go, "redeclared path"). Each is told of one of the two only.
 */
export function judgePaths(judged: readonly Judged[], services: Services): void {
  const taken = new Map<string, Taken>();
  for (const { file, object, scope } of judged.filter((one) => one.object['kind'] === 'Ingress')) {
    const where = `Ingress/${shown(textAt(object, 'metadata', 'name'), 80)} in ${file}`;
    for (const way of waysOf(object)) {
      const target = targetOf(way, services, scope);
      if (target === undefined) continue;
      const first = taken.get(way.key);
      if (!first) taken.set(way.key, { way, target, where });
      else if (first.way.service !== way.service || first.target !== target)
        scope.say(
          way.field,
          'ingress-path-twice',
          `leads to ${said(way)}, and the same path to ${said(first.way)} by ${first.where}${asWritten(first.way, way)}`,
          'one of the two would get no request: give it another path, or take it out',
        );
    }
  }
}

/** Returns the port of the pods that a path leads to; undefined where it leads nowhere, which is told here unless something else tells it. */
function targetOf({ service: name, port, named, field }: Way, services: Services, scope: Judged['scope']): string | undefined {
  const service = services.ports.get(name);
  const nowhere = (what: 'name' | 'port', message: string, mend: string): void => {
    scope.say(`${field}.service.${what}`, 'ingress-service', message, mend);
  };
  if (!service) {
    const [only, more] = services.called;
    // No name at all, and what is none, is told where the field is looked at.
    if (isDnsLabel(name) && services.complete)
      nowhere('name', `is "${name}", which is no Service of this preview. ${thereAre(services.called, quoted)}`, `${only === undefined ? '' : `write ${more === undefined ? shown(only, 63) : 'one of these'}, or `}add a Service "${name}"`);
    return undefined;
  }
  const target = service.targets.get(port);
  if (target === undefined && port !== '') {
    const [only, more] = service.called;
    const mend = only === undefined ? '' : more === undefined ? `write ${/^\d+$/.test(only) ? 'number' : 'name'}: ${shown(only, 63)}, or ` : 'write one of these, or ';
    nowhere('port', `is ${named ? `"${shown(port, 63)}"` : port}, and the Service ${quoted(name)} has no such port. ${thereAre(service.called, quoted)}`, `${mend}give the Service this port`);
  }
  return target;
}

function waysOf(ingress: Json): readonly Way[] {
  return listAt(at(ingress, 'spec'), 'rules').flatMap((rule, index) =>
    listAt(at(rule, 'http'), 'paths').map((path, place) => {
      const service = at(path, 'backend', 'service');
      const [name, number] = [wordAt(service, 'port', 'name'), wordAt(service, 'port', 'number')];
      return {
        key: JSON.stringify([textAt(rule, 'host'), ...placeOf(textAt(path, 'path'), textAt(path, 'pathType'))]),
        path: textAt(path, 'path'),
        field: `spec.rules[${index}].http.paths[${place}].backend`,
        service: textAt(service, 'name'),
        // Both are refused, and nobody knows which is meant.
        port: name === '' || number === '' ? name || number : '',
        named: name !== '',
      };
    }),
  );
}

/**
 * Returns what the paths that stand for the same requests have in common. To Kubernetes the slash at the end of a Prefix means nothing; what
 * is ImplementationSpecific is "begin" to haproxy-ingress (readPathType in its pkg/converters/ingress/ingress.go), which alone knows no
 * capitals (addTarget in its pkg/haproxy/types/maps.go). Beside each other the two are paths of their own, except at `/`; Exact is always.
 */
function placeOf(path: string, type: string): readonly [type: string, path: string] {
  if (type === 'Exact') return ['Exact', path];
  if (path === '/') return ['', path];
  // More than one slash is refused with the path.
  return type === 'Prefix' ? [type, path.endsWith('/') ? path.slice(0, -1) : path] : ['begin', path.toLowerCase()];
}

function said({ service, port }: Way): string {
  return `port ${shown(port, 80)} of the Service "${shown(service, 80)}"`;
}

/** The same path may be written in two ways. */
function asWritten(first: Way, { path }: Way): string {
  return first.path === path ? '' : `, where it is "${shown(first.path, 80)}"`;
}

function quoted(name: string): string {
  return `"${shown(name, 63)}"`;
}
