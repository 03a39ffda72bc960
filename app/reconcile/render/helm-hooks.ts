import { textAt } from '../../core/json.ts';
import type { SourcedObject } from '../../core/ports.ts';

/** A chart's objects apart: what is always there, its Jobs to run first (in order), and what is left out. */
export type HooksApart = {
  readonly objects: readonly SourcedObject[];
  readonly setup: readonly SourcedObject[];
  /** A line for each hook that is not run. */
  readonly notes: readonly string[];
};

/**
 * Takes a chart's hooks apart (https://helm.sh/docs/topics/charts_hooks/). Jobs before install or upgrade become setup Jobs, by
 * weight, then name; other objects of these hooks are there from the start, since their Jobs need them; tests are left out
 * silently, everything else with a note.
 */
export function takeHooksApart(rendered: readonly SourcedObject[]): HooksApart {
  const objects: SourcedObject[] = [];
  const setup: { readonly weight: number; readonly name: string; readonly one: SourcedObject }[] = [];
  const notes: string[] = [];
  for (const one of rendered) {
    const hooks = annotation(one, 'helm.sh/hook').split(',').map((hook) => hook.trim()).filter((hook) => hook !== '');
    const name = `${textAt(one.object['kind'])}/${textAt(one.object['metadata'], 'name')}`;
    if (hooks.length === 0) objects.push(one);
    else if (hooks.some((hook) => hook === 'pre-install' || hook === 'pre-upgrade')) {
      if (one.object['kind'] !== 'Job') objects.push(one);
      else setup.push({ weight: Number.parseInt(annotation(one, 'helm.sh/hook-weight'), 10) || 0, name, one });
    } else if (!hooks.every((hook) => hook === 'test' || hook === 'test-success' || hook === 'test-failure')) {
      notes.push(`${one.file}: ${name} is a ${hooks.join(', ')} hook, which previews do not run.`);
    }
  }
  setup.sort((a, b) => a.weight - b.weight || (a.name < b.name ? -1 : 1));
  return { objects, setup: setup.map(({ one }) => one), notes };
}

function annotation({ object }: SourcedObject, name: string): string {
  return textAt(object['metadata'], 'annotations', name);
}
