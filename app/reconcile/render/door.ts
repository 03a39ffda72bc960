import type { GuardedObject } from '../../core/guard/guard.ts';
import { isMap, listAt, textAt } from '../../core/json.ts';
import { canonicalJson, type Json, type KubernetesObject } from '../../core/object.ts';
import { RenderRefused } from '../../core/ports.ts';
import { annotationsOf } from '../../core/traffic/dialects.ts';
import type { Preview, PreviewApp } from '../preview.ts';

/** Objects of a preview, its Ingresses with what the door is told, and what it is not told though somebody asked for it. */
export type Told = { readonly objects: readonly GuardedObject[]; readonly notes: readonly string[] };

/**
 * Writes what the door is told about each app on every Ingress that leads to it: annotations, above the branch's own, and TLS for
 * its hosts. The guard has seen the objects: each host is one of the preview's apps. Throws a RenderRefused where one Ingress or
 * Service would have to do two different things, where the rules cannot be said, and where the branch would weaken them.
 */
export function tellTheDoor(preview: Preview, objects: readonly GuardedObject[]): Told {
  const ingresses = objects.filter(({ object }) => object.kind === 'Ingress');
  const problems = [...ingresses.flatMap((one) => twoInOne(preview, one)), ...sharedServices(preview, ingresses), ...ingresses.flatMap((one) => preflights(preview, one))];
  if (problems.length > 0) throw new RenderRefused(problems);
  const notes: string[] = [];
  const told = objects.map((one) => {
    const [app] = one.object.kind === 'Ingress' ? appsOf(preview, one.object) : [];
    if (!app) return one;
    const { object, unsaid } = withRules(preview, app, one);
    notes.push(...unsaid);
    return { ...one, object };
  });
  return { objects: told, notes: [...new Set(notes)] };
}

function appsOf({ apps }: Preview, ingress: KubernetesObject): readonly PreviewApp[] {
  const hosts = new Set(listAt(ingress.spec, 'rules').map((rule) => textAt(rule, 'host')));
  return apps.filter(({ host }) => hosts.has(host));
}

function pathsOf(ingress: KubernetesObject): readonly Json[] {
  return listAt(ingress.spec, 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
}

function withRules(
  { ingress: { dialect } }: Preview,
  { part, rules }: PreviewApp,
  { object }: GuardedObject,
): { readonly object: KubernetesObject; readonly unsaid: readonly string[] } {
  const { annotations, unsupported } = annotationsOf(dialect, rules, pathsOf(object).map((path) => textAt(path, 'path')));
  const { metadata, spec } = object;
  const hosts = [...new Set(listAt(spec, 'rules').map((rule) => textAt(rule, 'host')))];
  return {
    object: {
      ...object,
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
      spec: { ...(isMap(spec) ? spec : {}), ...(rules.tls ? { tls: [{ hosts }] } : {}) },
    },
    unsaid: unsupported.map((field) => `${part === '' ? '' : `${part}: `}${field} is left out: the ingress controller ${dialect} has no words for it`),
  };
}

/** The annotations of an Ingress hold for all its hosts. */
function twoInOne(preview: Preview, { file, object }: GuardedObject): readonly string[] {
  const apps = appsOf(preview, object);
  const [first, other] = differing(apps);
  if (!first || !other) return [];
  return [`${file}: ${named(object)} leads to ${first.host} and ${other.host}, which have different rules (traffic, access) — write an Ingress for each`];
}

/** The controllers hold most of what they are told by Service: of two different words they would take one, and say so in their log. */
function sharedServices(preview: Preview, ingresses: readonly GuardedObject[]): readonly string[] {
  const seen = new Map<string, PreviewApp>();
  return ingresses.flatMap(({ file, object }) => {
    const [app] = appsOf(preview, object);
    if (!app) return [];
    const services = new Set(pathsOf(object).map((path) => textAt(path, 'backend', 'service', 'name')));
    return [...services].flatMap((service) => {
      const before = seen.get(service) ?? app;
      seen.set(service, before);
      if (differing([before, app]).length < 2) return [];
      return [`${file}: ${named(object)} leads ${app.host} to the Service ${service}, as ${before.host} is, which has different rules (traffic, access) — give each a Service of its own`];
    });
  });
}

/**
 * With CORS on one path jcmoraisjr's controller asks no OPTIONS request to the Service who it is (rootfs/etc/templates/haproxy), but
 * answers only those to that path itself: all others would reach the program.
 */
function preflights(preview: Preview, { file, object }: GuardedObject): readonly string[] {
  if (appsOf(preview, object).every(({ rules }) => rules.access.kind === 'open')) return [];
  const cors = Object.keys(object.metadata.annotations ?? {}).filter((name) => /\/cors-[^/]*$/i.test(name));
  return cors.map(
    (name) =>
      `${file}: ${named(object)} has the annotation ${name}, and not everybody may look (access): OPTIONS would get by — take it out, or let the program answer preflights`,
  );
}

/** Returns the first app and the first whose rules differ from its; nothing where they are all the same. */
function differing(apps: readonly PreviewApp[]): readonly PreviewApp[] {
  const [first] = apps;
  const other = apps.find(({ rules }) => canonicalJson(rules) !== canonicalJson(first?.rules));
  return first && other ? [first, other] : [];
}

function named({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.name}`;
}
