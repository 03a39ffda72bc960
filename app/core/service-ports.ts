import { listAt, wordAt } from './json.ts';
import type { Json } from './object.ts';

/** The ports of a Service: how each is called, by its name or else its number, and what a port is found by with the target that this leads to. */
export type ServicePorts = { readonly called: readonly string[]; readonly targets: ReadonlyMap<string, string> };

/**
 * Returns the ports of a Service's `spec` as a path of an Ingress finds them: by their names and targets, then by their numbers, and the first wins
 * (haproxy-ingress: FindServicePort in its pkg/converters/utils/services.go). A port without a target has its number for one.
 */
export function portsOf(spec: Json | undefined): ServicePorts {
  const ports = listAt(spec, 'ports').map((one) => {
    const [name, number, target] = [wordAt(one, 'name'), wordAt(one, 'port'), wordAt(one, 'targetPort')];
    return { name, number, target: target === '' || target === '0' ? number : target };
  });
  const found = [...ports.flatMap(({ name, target }) => [[name, target], [target, target]] as const), ...ports.map(({ number, target }) => [number, target] as const)];
  return { called: ports.map(({ name, number }) => name || number), targets: new Map(found.filter(([word]) => word !== '').toReversed()) };
}

/** What is told is for reading. */
const mostNamed = 10;

/** Returns a sentence that names what there is, the first ten of it as `quoted` writes them, without its full stop. */
export function thereAre(names: readonly string[], quoted: (name: string) => string): string {
  if (names.length === 0) return 'There is none';
  return `There ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, mostNamed).map(quoted).join(', ')}${names.length > mostNamed ? ' and others' : ''}`;
}
