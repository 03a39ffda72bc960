import { wrongEnvironment } from './container-rules.ts';
import { durationBetween, durationMs, durationText } from './duration.ts';
import { wrongImage } from './filled-in.ts';
import { atValue, hasKey, valueAt, type Finding } from './shape.ts';
import type { YamlFile } from './yaml.ts';

/** What a project's hooks are read against; `image` is theirs where they have none. */
export type HookBounds = {
  readonly hasTenants: boolean;
  readonly maxJobMs: number;
  readonly image: string | undefined;
};

/** How long a hook may run that does not say. */
export const defaultHookMs = 10 * 60_000;

/** Finds what is wrong with the hooks, beyond each value by itself. A name is one Job's, of both lists. */
export function wrongHooks(raw: unknown, yaml: YamlFile, bounds: HookBounds): Finding[] {
  const names = new Set<unknown>();
  return ['setup', 'teardown'].flatMap((kind) => {
    const hooks = valueAt(raw, ['hooks', kind]);
    return (Array.isArray(hooks) ? hooks : []).flatMap((hook: unknown, index) => {
      if (typeof hook !== 'object' || hook === null || Array.isArray(hook)) return [];
      const place = ['hooks', kind, index];
      const [name, before] = [valueAt(hook, ['name']), names.size];
      if (typeof name === 'string') names.add(name);
      const twice = typeof name === 'string' && names.size === before ? [nameTaken(place, name)] : [];
      return [...twice, ...wrongHook(raw, yaml, place, bounds)];
    });
  });
}

function nameTaken(place: readonly PropertyKey[], name: string): Finding {
  const message = `is a second Job of the name ${name}`;
  return atValue([...place, 'name'], message, 'give each its own name, in setup and teardown');
}

function wrongHook(raw: unknown, yaml: YamlFile, place: readonly PropertyKey[], bounds: HookBounds): Finding[] {
  return [
    ...noImage(raw, place, bounds.image),
    ...wrongImage(raw, [...place, 'image'], bounds.hasTenants),
    ...wrongEnvironment(raw, yaml, place),
    ...tooLong(raw, [...place, 'timeout'], bounds.maxJobMs),
  ];
}

function noImage(raw: unknown, place: readonly PropertyKey[], image: string | undefined): Finding[] {
  if (image !== undefined || hasKey(raw, place, 'image')) return [];
  const mend =
    'add it: no single image of the project could be meant; for example image: "registry.bar.com/foo:${sha}"';
  return [atValue([...place, 'image'], 'is missing', mend)];
}

function tooLong(raw: unknown, path: readonly PropertyKey[], maxJobMs: number): Finding[] {
  const timeout = valueAt(raw, path);
  if (typeof timeout !== 'string' || durationBetween('1s', '24h')(timeout)) return [];
  if ((durationMs(timeout) ?? 0) <= maxJobMs) return [];
  return [atValue(path, 'is too long', `${durationText(maxJobMs)} is the most that the platform allows`)];
}
