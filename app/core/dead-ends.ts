import { hostOf, pathShown, waysAt, type Way } from './answering.ts';
import type { Cause } from './cause.ts';
import { names, type KubernetesObject } from './object.ts';
import { quote } from './outside-text.ts';
import type { TenantRecord } from './record.ts';
import { portsOf, thereAre } from './service-ports.ts';

/**
 * Returns the links of a preview that lead nowhere, by their URLs, and why: at the path that a link shows, its Ingress names a Service that is
 * not there, or a port that this does not have. A door knows better, since somebody else may have made one; but where there is trouble nobody
 * mends what is gone, and nobody asks the door again.
 */
export function deadEnds({ links, door, trouble }: Pick<TenantRecord, 'links' | 'door' | 'trouble'>, objects: readonly KubernetesObject[]): ReadonlyMap<string, Cause> {
  if (door && !trouble) return new Map();
  const services = objects.filter(({ kind }) => kind === 'Service').toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const found = links.flatMap(({ url }) => {
    const path = pathShown(url, objects);
    const dead = waysAt(url, objects).filter((way) => way.path === path).map((way) => deadEnd(url, way, services));
    const [first] = dead;
    return first && dead.every((cause) => cause !== undefined) ? [[url, first] as const] : [];
  });
  return new Map(found);
}

function deadEnd(url: string, { service: name, port, ingress }: Way, services: readonly KubernetesObject[]): Cause | undefined {
  const service = services.find(({ metadata }) => metadata.name === name);
  const from = `The containers are ready, but the Ingress of ${quote(hostOf(url) ?? url)} leads to`;
  const advice = (what: string): string => `Correct the ${what} in ${quote(ingress.metadata.annotations?.[names.source] ?? '.cloud/')} and push.`;
  const cause = (message: string, what: string): Cause => ({ reason: 'DeadEnd', message, problems: [], advice: advice(what), logsOf: undefined });
  if (!service) return cause(`${from} the Service ${quote(name)}, which is not there. ${thereAre(services.map(({ metadata }) => metadata.name), quote)}.`, 'name');
  const { called, targets } = portsOf(service.spec);
  if (port === '' || called.length === 0 || targets.has(port)) return undefined;
  return cause(`${from} the port ${quote(port)} of the Service ${quote(name)}, which it does not have. ${thereAre(called, quote)}.`, 'port');
}
