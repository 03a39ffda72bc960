import { guard } from '../../app/core/guard/guard.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
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

/** Takes a branch's objects through the guard, and tells the door about them. */
export function throughTheDoor(preview: Preview, objects: readonly SourcedObject[], allowed: readonly string[] = []): Through {
  const { namespace, ingress, apps } = preview;
  const guarded = guard(objects, { ...policy, namespace, hosts: apps.map(({ host }) => host), ingressClass: ingress.class, classForm: ingress.form, ingressAnnotations: allowed });
  if (guarded.violations.length > 0) return { objects: [], notes: [], refused: guarded.violations.map(formatViolation) };
  try {
    const told = tellTheDoor(preview, guarded.objects);
    return { objects: told.objects.map(({ object }) => object), notes: told.notes, refused: [] };
  } catch (error) {
    if (!(error instanceof RenderRefused)) throw error;
    return { objects: [], notes: [], refused: error.problems };
  }
}

/** Returns the Ingress of a case as it is applied for a controller, or why it is not. */
export function toldIngress(dialect: Dialect, { rules, paths, annotations }: TrafficCase, host: string): Through {
  const preview = previewFor(dialect, rules.marker, [{ host, rules }]);
  return throughTheDoor(preview, [ingressOf(host, { paths, annotations })], Object.keys(annotations));
}
