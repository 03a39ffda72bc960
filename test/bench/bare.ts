import { openOffline } from '../../app/compose.ts';
import { parsePlatform } from '../../app/config/platform.ts';
import { parseProject } from '../../app/config/project.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import { doorRules } from '../../app/reconcile/door-rules.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { renderPreview } from '../../app/reconcile/render/render.ts';
import type { Floor } from './floor.ts';

export type Bare = Parameters<Floor['preview']>[0];

/** The very objects that Avant writes for a preview of these two files, but for what makes them Avant's; the host is `<name>.<domain>`. */
export async function bareObjects(platformText: string, projectText: string, name: string): Promise<Bare> {
  const parsed = parsePlatform(platformText, 'avant.yaml');
  if (!parsed.ok) throw new Error('the platform of the benchmark is not valid');
  const platform = parsed.platform;
  const project = parseProject(projectText, 'preview.yaml', { tenants: [], app: 'bench', charts: [], manifests: false, maxReplicas: 1, maxJobMs: 60_000, door: platform });
  if (!project.ok) throw new Error('the project of the benchmark is not valid');
  const host = `${name}.${platform.domain}`;
  const preview: Preview = {
    ...{ tenant: '', cluster: 'home', namespace: name, instance: platform.namespace, sha: '0'.repeat(40), app: 'bench', cloud: { kind: 'absent' }, tenantValues: {} },
    ingress: { class: platform.ingress.class, form: platform.ingress.classForm, dialect: platform.ingress.controller },
    ...{ level: 'baseline', secrets: [], restart: undefined, hooks: project.project.hooks, readAt: '' },
    apps: project.project.apps.map((one) => ({ ...one, host, url: `https://${host}`, rules: doorRules(platform, one, '', name) })),
    values: { app: 'bench', pr: '1', tenant: '', sha: '0'.repeat(40), shortSha: '0'.repeat(7), branch: 'b', host },
    repository: { installation: 1, owner: 'm6', name: 'bench' },
    pullRequest: { owner: `floor/${name}/1`, number: 1, url: 'http://floor/' },
  };
  const offline = openOffline(platform, undefined);
  const rendering = await renderPreview(preview, { ...offline.context, cloud: undefined }, offline.deps);
  await offline.close();
  if (rendering.kind === 'refused') throw new Error(rendering.trouble.message);
  const unlabelled = (object: KubernetesObject): KubernetesObject => ({ ...object, metadata: { ...object.metadata, labels: { floor: 'yes' } } });
  return { namespace: unlabelled(rendering.namespace), objects: rendering.objects.map(({ object }) => unlabelled(object)) };
}
