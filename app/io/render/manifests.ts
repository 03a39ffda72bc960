import { shown } from '../../core/outside-text.ts';
import { RenderRefused, type Cloud, type SourcedObject } from '../../core/ports.ts';
import type { Reader } from './reader.ts';

const manifestPath = /^manifests\/[^/]+\.(?:ya?ml|json)$/;

/**
 * Reads `.cloud/manifests/*.yaml` (`.yml`, `.json`), not the folders in it, in the order of their names, and fills in `${…}` in their
 * texts; `queue`: whose files they are. Throws a RenderRefused with everything that is wrong.
 */
export async function renderManifests(cloud: Cloud, values: Readonly<Record<string, string>>, queue: string, reader: Reader): Promise<readonly SourcedObject[]> {
  const files = cloud.files
    .filter(({ path }) => manifestPath.test(path))
    .map(({ path, content }) => ({ file: `.cloud/${shown(path, 300)}`, content }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  if (files.length === 0) throw new RenderRefused(['.cloud/manifests: has no .yaml, .yml or .json files — put the objects there']);
  const answer = await reader.read<'manifests'>({ kind: 'manifests', files, values }, '.cloud/manifests', { queue, urgent: true });
  if ('problems' in answer) throw new RenderRefused(answer.problems);
  return answer.objects.map((one) => ({ ...one, stable: true }));
}
