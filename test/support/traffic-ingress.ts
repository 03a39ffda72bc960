import { guard } from '../../app/core/guard/guard.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
import { at, listAt, numberAt, textAt } from '../../app/core/json.ts';
import type { Json, KubernetesObject } from '../../app/core/object.ts';
import { RenderRefused, type SourcedObject } from '../../app/core/ports.ts';
import type { Dialect, DoorRules } from '../../app/core/traffic/policy.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { tellTheDoor } from '../../app/reconcile/render/door.ts';
import { policy } from './guard-policy.ts';
import { previewsOf } from './previews.ts';
import type { TrafficCase } from './traffic-cases.ts';

export type App = { readonly part?: string; readonly host: string; readonly rules: DoorRules };

/** Returns a preview of which nothing counts but its class and its apps. */
export function previewFor(dialect: Dialect, namespace: string, apps: readonly App[]): Preview {
  const [preview] = previewsOf();
  const [app] = preview?.apps ?? [];
  if (!preview || !app) throw new Error('there is no preview');
  const form = dialect === 'haproxytech' ? 'field' : 'annotation';
  return {
    ...preview,
    namespace,
    ingress: { class: 'haproxy-v1', form, dialect },
    apps: apps.map(({ part = '', host, rules }) => ({ ...app, part, host, url: `http://${host}`, rules })),
  };
}

/** Returns an Ingress as a branch would write it. */
export function ingressOf(
  host: string,
  { paths = ['/'], annotations = {}, name = 'web', service = 'web' }: { readonly paths?: readonly string[]; readonly annotations?: Readonly<Record<string, string>>; readonly name?: string; readonly service?: string } = {},
): SourcedObject {
  const backend = { service: { name: service, port: { number: 80 } } };
  const rules = [{ host, http: { paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })) } }];
  return sourcedIngress({ name, annotations }, { rules });
}

export function sourcedIngress(metadata: { readonly [key: string]: Json }, spec: { readonly [key: string]: Json }): SourcedObject {
  return { file: '.cloud/charts/web/templates/ingress.yaml', object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec }, stable: true };
}

/** What comes of a branch's objects behind the guard: as they are applied, or why they are not. */
export type Through = { readonly objects: readonly KubernetesObject[]; readonly notes: readonly string[]; readonly refused: readonly string[] };

const servicesFile = '.cloud/charts/web/templates/services.yaml';

/** Returns the Services that Ingresses lead to by number and that are not among the objects. */
function servicesOf(objects: readonly SourcedObject[]): readonly SourcedObject[] {
  const backends = objects.flatMap(({ object }) => listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths').map((path) => at(path, 'backend', 'service'))));
  const ports = Map.groupBy(backends, (backend) => textAt(backend, 'name'));
  for (const { object } of objects) if (object['kind'] === 'Service') ports.delete(textAt(object, 'metadata', 'name'));
  return [...ports].map(([name, same]) => {
    const numbers = [...new Set(same.map((backend) => numberAt(backend, 'port', 'number')))];
    const spec = { selector: { app: name }, ports: numbers.map((port) => ({ name: `p${port}`, port })) };
    return { file: servicesFile, object: { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }, stable: true };
  });
}

/** Takes a branch's objects through the guard, and tells the door about them. */
export function throughAlone(preview: Preview, objects: readonly SourcedObject[], allowed: readonly string[] = []): Through {
  const { namespace, ingress, apps } = preview;
  const guarded = guard(objects, { ...policy, namespace, hosts: apps.map(({ host }) => host), ingressClass: ingress.class, classForm: ingress.form, ingressAnnotations: allowed });
  if (guarded.violations.length > 0) return { objects: [], notes: [], refused: guarded.violations.map(formatViolation) };
  try {
    const told = tellTheDoor(preview, guarded.objects);
    return { objects: told.objects.filter(({ file }) => file !== servicesFile).map(({ object }) => object), notes: told.notes, refused: [] };
  } catch (error) {
    if (!(error instanceof RenderRefused)) throw error;
    return { objects: [], notes: [], refused: error.problems };
  }
}

/** The same for objects with Services that are not to be written for each: they are added, and not among what comes. */
export function throughTheDoor(preview: Preview, objects: readonly SourcedObject[], allowed: readonly string[] = []): Through {
  return throughAlone(preview, [...objects, ...servicesOf(objects)], allowed);
}

/** Returns the Ingress of a case as it is applied for a controller, or why it is not. */
export function toldIngress(dialect: Dialect, { rules, paths, annotations }: TrafficCase, host: string): Through {
  const preview = previewFor(dialect, rules.marker, [{ host, rules }]);
  return throughTheDoor(preview, [ingressOf(host, { paths, annotations })], Object.keys(annotations));
}
