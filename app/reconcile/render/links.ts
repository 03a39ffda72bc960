import { RenderRefused, type SourcedObject } from '../../core/ports.ts';
import { listAt, numberAt, textAt } from '../../core/json.ts';
import type { RenderTemplate } from '../../core/templates.ts';
import type { Preview, PreviewApp } from '../preview.ts';
import { renderLink } from './template.ts';

/**
 * Returns the Ingress for an app whose chart or manifests have none: it leads to the Service that the project names, or to the only
 * one. Without a Service there is nothing to lead to. Throws a RenderRefused where it could be several.
 */
export function linkFor(preview: Preview, app: PreviewApp, objects: readonly SourcedObject[], render: RenderTemplate): readonly SourcedObject[] {
  if (objects.some(({ object }) => object['kind'] === 'Ingress')) return [];
  const services = objects.filter(({ object }) => object['kind'] === 'Service' && textAt(object['spec'], 'clusterIP') !== 'None');
  const wanted = app.source.kind === 'template' ? undefined : app.source.service;
  const matching = wanted === undefined ? services : services.filter((one) => nameOf(one) === wanted);
  const [service, second] = matching;
  const names = services.map(nameOf).join(', ');
  const folder = app.source.kind === 'chart' ? `.cloud/charts/${app.source.chart}` : '.cloud/manifests';
  if (wanted !== undefined && !service) throw new RenderRefused([`${folder} has no Service ${wanted} — name one of ${names === '' ? 'its Services; it has none' : names} in \`service\``]);
  if (!service) return [];
  if (second) throw new RenderRefused([`${folder} has several Services (${names}) and no Ingress — name the one that the link leads to in \`service\`, or write an Ingress for {{ .Values.avant.host }}`]);
  return [renderLink(preview, app, { service: nameOf(service), port: portOf(service) }, render)];
}

/** The port called http, else the first. */
function portOf({ object, file }: SourcedObject): { readonly name: string } | { readonly number: number } {
  const ports = listAt(object['spec'], 'ports');
  const port = ports.find((one) => textAt(one, 'name') === 'http') ?? ports[0];
  const [name, number] = [textAt(port, 'name'), numberAt(port, 'port')];
  if (name !== '') return { name };
  if (number !== 0) return { number };
  throw new RenderRefused([`${file}: the Service has no port for the link to lead to — add spec.ports`]);
}

function nameOf({ object }: SourcedObject): string {
  return textAt(object['metadata'], 'name');
}
