import { listAt, textAt, type JsonMap } from '../json.ts';
import { portsOf, type ServicePorts } from '../service-ports.ts';

/** The Services that a branch brings, also those that are refused: that is told of them already. */
export type Services = {
  /** By name. */
  readonly ports: ReadonlyMap<string, ServicePorts>;
  /** Their names in order, for reading. */
  readonly called: readonly string[];
  /** False where some objects could not be looked at, so that there may be more. */
  readonly complete: boolean;
};

/** Returns the Services among objects, of any apiVersion, as they are written. Of those with one name each port counts. */
export function servicesAmong(objects: readonly JsonMap[], complete: boolean): Services {
  const byName = Map.groupBy(objects.filter(({ kind }) => kind === 'Service'), (service) => textAt(service, 'metadata', 'name'));
  const ports = [...byName].map(([name, same]) => [name, portsOf({ ports: same.flatMap(({ spec }) => listAt(spec, 'ports')) })] as const);
  return { ports: new Map(ports), called: [...byName.keys()].filter((name) => name !== '').toSorted(), complete };
}
