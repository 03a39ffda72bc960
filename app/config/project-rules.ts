import { isTenantName } from '../core/names.ts';
import { wrongAccess } from './access-rules.ts';
import { wrongValues } from './chart-values.ts';
import { wrongContainer, type Bounds } from './container-rules.ts';
import { wrongTag } from './filled-in.ts';
import { formOf, placesOf, wrongForm, type Place } from './forms.ts';
import { wrongHooks } from './hook-rules.ts';
import { nearest } from './nearest.ts';
import { shown } from './problem.ts';
import type { ProjectContext } from './project-context.ts';
import { atKey, atValue, namedTwice, valueAt, type Finding } from './shape.ts';
import { wrongTraffic } from './traffic-rules.ts';
import type { YamlFile } from './yaml.ts';

/** Finds what is wrong with a `.cloud/preview.yaml` beyond each value by itself; the data may have any shape. */
export function wrongProject(raw: unknown, yaml: YamlFile, context: ProjectContext): Finding[] {
  const own = valueAt(raw, ['tenants']);
  const tenants = Array.isArray(own) ? own.filter((tenant) => typeof tenant === 'string') : context.tenants;
  const hasTenants = tenants.length > 0;
  const places = placesOf(raw, formOf(raw, context));
  const { maxReplicas, maxJobMs, door } = context;
  return [
    ...wrongTenants(raw, context.tenants),
    ...wrongForm(raw, context),
    ...places.flatMap((place) => wrongApp(raw, yaml, place, { hasTenants, maxReplicas })),
    ...sameServices(raw, places, context.app),
    ...wrongTraffic(raw, yaml, { platform: door, tenants }),
    ...wrongAccess(raw, door?.access),
    ...namedTwice(raw, ['waitFor', 'checks']),
    ...wrongHooks(raw, yaml, { hasTenants, maxJobMs, image: onlyImage(raw, places) }),
  ];
}

/** Returns the Service's name of an app that gives it none. */
export function serviceNameOf(app: string, part: string): string {
  return part === '' ? app : `${app}-${part}`;
}

function wrongTenants(raw: unknown, known: readonly string[]): Finding[] {
  const given = valueAt(raw, ['tenants']);
  if (!Array.isArray(given)) return [];
  const seen = new Set<unknown>();
  return given.flatMap((tenant: unknown, index) => {
    if (typeof tenant !== 'string') return [];
    const path = ['tenants', index];
    if (seen.has(tenant)) return [atValue(path, `names ${shown(tenant)} a second time`, 'keep one of the two')];
    seen.add(tenant);
    if (known.includes(tenant)) return [];
    return [atValue(path, `the platform has no tenant "${shown(tenant)}"`, mendOfTenant(tenant, known))];
  });
}

function mendOfTenant(tenant: string, known: readonly string[]): string {
  if (known.length === 0) return 'it has none at all: leave the key out';
  const near = isTenantName(tenant.toLowerCase()) ? nearest(tenant, known) : undefined;
  return near === undefined
    ? `its tenants are ${known.join(', ')}`
    : `did you mean "${near}"? Its tenants are ${known.join(', ')}`;
}

function wrongApp(raw: unknown, yaml: YamlFile, { path, kind }: Place, bounds: Bounds): Finding[] {
  if (kind === 'image') return wrongContainer(raw, yaml, path, bounds);
  if (kind === 'manifests') return [];
  return [...wrongValues(raw, [...path, 'values']), ...wrongTag(raw, [...path, 'tag'], bounds.hasTenants)];
}

/** Two apps with one Service would have one link. */
function sameServices(raw: unknown, places: readonly Place[], app: string): Finding[] {
  const holders = new Map<string, string>();
  return places.flatMap(({ path, kind }) => {
    if (kind !== 'image') return [];
    const given = valueAt(raw, [...path, 'service', 'name']);
    const part = places.length === 1 ? '' : (path[1] ?? '');
    const name = typeof given === 'string' ? given : serviceNameOf(app, part);
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, part);
    if (holder === undefined) return [];
    const message = `has the Service ${shown(name)}, and so has ${shown(holder)}`;
    return [atKey(path, message, 'give it another service.name')];
  });
}

/** What hooks run that name no image: the image of the project, if it has one only. */
function onlyImage(raw: unknown, places: readonly Place[]): string | undefined {
  const images = places.flatMap(({ path, kind }) => (kind === 'image' ? [valueAt(raw, [...path, 'image'])] : []));
  return images.length === 1 && typeof images[0] === 'string' ? images[0] : undefined;
}
