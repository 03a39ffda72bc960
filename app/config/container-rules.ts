import { asWritten, wrongNumber } from './as-written.ts';
import { mostBytes, wrongImage } from './filled-in.ts';
import { maxEnvBytes, maxFileBytes, maxFiles, maxVariables } from './project-schema.ts';
import { contentRule, filePathRule } from './project-texts.ts';
import { cpuRule, memoryRule } from './quantity.ts';
import { atKey, atValue, entriesOf, namedTwice, valueAt, type Finding } from './shape.ts';
import type { YamlFile } from './yaml.ts';

/** What a project's apps are read against. */
export type Bounds = { readonly hasTenants: boolean; readonly maxReplicas: number };

/** Finds what is wrong with an app that is an image, described at `place`, beyond each value by itself. */
export function wrongContainer(raw: unknown, yaml: YamlFile, place: readonly PropertyKey[], bounds: Bounds): Finding[] {
  return [
    ...wrongImage(raw, [...place, 'image'], bounds.hasTenants),
    ...wrongNumber(raw, yaml, [...place, 'resources', 'cpu'], cpuRule),
    ...wrongNumber(raw, yaml, [...place, 'resources', 'memory'], memoryRule),
    ...wrongEnvironment(raw, yaml, place),
    ...tooManyReplicas(raw, [...place, 'replicas'], bounds.maxReplicas),
    ...wrongFiles(raw, [...place, 'files']),
  ];
}

/** Finds what is wrong with the variables and Secrets of an app or a hook. */
export function wrongEnvironment(raw: unknown, yaml: YamlFile, place: readonly PropertyKey[]): Finding[] {
  return [...tooMuchEnv(raw, yaml, [...place, 'env']), ...namedTwice(raw, [...place, 'secrets'])];
}

function tooMuchEnv(raw: unknown, yaml: YamlFile, path: readonly PropertyKey[]): Finding[] {
  const entries = entriesOf(valueAt(raw, path));
  if (entries.length > maxVariables)
    return [atKey(path, `has ${entries.length} variables`, `${maxVariables} are the most`)];
  const bytes = entries.reduce((sum, [name, value]) => {
    const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return sum + Buffer.byteLength(name + (scalar ? asWritten(yaml, [...path, name], value) : ''));
  }, 0);
  const mend = `${maxEnvBytes} are the most: put large values into the image`;
  return bytes > maxEnvBytes ? [atKey(path, `has ${bytes} bytes`, mend)] : [];
}

function tooManyReplicas(raw: unknown, path: readonly PropertyKey[], most: number): Finding[] {
  const replicas = valueAt(raw, path);
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas <= most) return [];
  return [atValue(path, `must be ${most} at most, got ${replicas}`, 'the platform allows no more')];
}

function wrongFiles(raw: unknown, path: readonly PropertyKey[]): Finding[] {
  const files = entriesOf(valueAt(raw, path));
  if (files.length > maxFiles) return [atKey(path, `has ${files.length} files`, `${maxFiles} are the most`)];
  const names = files.flatMap(([name]) => (filePathRule(name) ? [] : name));
  const folders = names.flatMap((name) => {
    const within = names.find((other) => other.startsWith(`${name}/`));
    const message = `is a file and the folder of ${within ?? ''}`;
    return within === undefined ? [] : [atKey([...path, name], message, 'rename one of the two')];
  });
  const bytes = files.reduce((sum, [, content]) => {
    return sum + (typeof content === 'string' && !contentRule(content) ? mostBytes(content) : 0);
  }, 0);
  const mend = `${maxFileBytes} are the most: put large files into the image`;
  return bytes > maxFileBytes ? [...folders, atKey(path, `can have ${bytes} bytes once filled in`, mend)] : folders;
}
