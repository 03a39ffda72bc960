import { atValue, valueAt, type Finding, type Wrong } from './shape.ts';
import type { YamlFile } from './yaml.ts';

/** Returns text as it is, a number or boolean as the file has it (`0777`, `1.50`): YAML makes 0.1 of 100e-3. */
export function asWritten(yaml: YamlFile, path: readonly PropertyKey[], value: string | number | boolean): string {
  return typeof value === 'string' ? value : (yaml.sourceOf(path) ?? String(value));
}

/** Finds what is wrong with a number as it is written; text is held against the rule by the schema. */
export function wrongNumber(
  raw: unknown,
  yaml: YamlFile,
  path: readonly PropertyKey[],
  rule: (value: string) => Wrong | undefined,
): Finding[] {
  const value = valueAt(raw, path);
  const wrong = typeof value === 'number' ? rule(asWritten(yaml, path, value)) : undefined;
  return wrong ? [atValue(path, wrong.message, wrong.mend)] : [];
}
