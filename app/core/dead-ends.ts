import { hostOf, ingressesAt, servicesOf } from './answering.ts';
import type { Cause } from './cause.ts';
import { names, type KubernetesObject } from './object.ts';
import { quote } from './outside-text.ts';
import type { TenantRecord } from './record.ts';

/**
 * Returns the links of a preview that lead nowhere, by their URLs, and why: of the Services that their Ingresses name none is there. A door
 * knows better, since somebody else may have made one; but not of what has just been refused.
 */
export function deadEnds({ links, door, trouble }: Pick<TenantRecord, 'links' | 'door' | 'trouble'>, objects: readonly KubernetesObject[]): ReadonlyMap<string, Cause> {
  if (door && trouble?.reason !== 'ApplyFailed') return new Map();
  const there = objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name).toSorted();
  const found = links.flatMap(({ url }) => {
    const leading = ingressesAt(url, objects);
    const services = servicesOf(url, leading);
    const [ingress, [service]] = [leading[0], services];
    const dead = ingress !== undefined && service !== undefined && !there.some((name) => services.has(name));
    return dead ? [[url, deadEnd(url, ingress, service, there)] as const] : [];
  });
  return new Map(found);
}

/** A comment is for reading. */
const mostNamed = 10;

function deadEnd(url: string, ingress: KubernetesObject, service: string, there: readonly string[]): Cause {
  const others = there.length === 0 ? 'There is none.' : `There ${there.length === 1 ? 'is' : 'are'} ${there.slice(0, mostNamed).map(quote).join(', ')}${there.length > mostNamed ? ' and others' : ''}.`;
  const message = `The containers are ready, but the Ingress of ${quote(hostOf(url) ?? url)} leads to the Service ${quote(service)}, which is not there. ${others}`;
  const advice = `Correct the name in ${quote(ingress.metadata.annotations?.[names.source] ?? '.cloud/')} and push.`;
  return { reason: 'DeadEnd', message, problems: [], advice, logsOf: undefined };
}
