import { RenderRefused } from '../ports.ts';
import type { Field } from './fields.ts';
import type { DialectAnnotations, DoorRules } from './policy.ts';

/** What a value is said with: names of annotations, and a line for each; lines of one annotation go below each other. */
export type Words = readonly (readonly [annotation: string, line: string])[];

/** What a value is said with, or why it cannot be. */
export type Said = Words | { readonly wrong: string };

/** What an Ingress is about beside the rules: its paths. */
export type Around = { readonly rules: DoorRules; readonly paths: readonly string[] };

/** One typed field in one dialect. */
export type Row = {
  readonly name: string;
  /** True where the dialect has no words for the field, whatever its value. */
  readonly wordless: boolean;
  /** Returns undefined where the dialect has no words for a field that says something, and nothing where it needs none. */
  readonly say: (around: Around) => Said | undefined;
};

export type Table = { readonly prefix: string; readonly rows: readonly Row[] };

/** A row whose words are made of the field's value; they are asked for only when the value is plain. */
export function row<V>(field: Field<V>, words: (value: V, around: Around) => Said): Row {
  const say: Row['say'] = (around) => {
    const value = field.read(around.rules);
    if (value === undefined) return [];
    const wrong = field.wrong(value);
    return wrong === undefined ? words(value, around) : { wrong };
  };
  return { name: field.name, wordless: false, say };
}

/** A row of a field that the dialect has no words for. */
export function wordless<V>(field: Field<V>): Row {
  return { name: field.name, wordless: true, say: ({ rules }) => (field.read(rules) === undefined ? [] : undefined) };
}

/**
 * Says rules in the words of a table. Returns the annotations, and the fields that they leave unsaid. Throws a RenderRefused naming
 * every field whose value is not plain: it must not get near a configuration.
 */
export function said(table: Table, around: Around): DialectAnnotations {
  const lines = new Map<string, string[]>();
  const unsupported: string[] = [];
  const problems: string[] = [];
  for (const { name, say } of table.rows) {
    const words = say(around);
    if (words === undefined) unsupported.push(name);
    else if ('wrong' in words) problems.push(`${name}: ${words.wrong}`);
    else
      for (const [annotation, line] of words) {
        const key = `${table.prefix}/${annotation}`;
        lines.set(key, [...(lines.get(key) ?? []), line]);
      }
  }
  if (problems.length > 0) throw new RenderRefused(problems);
  const annotations = Object.fromEntries([...lines].map(([key, texts]) => [key, texts.join('\n')]));
  return { annotations, unsupported };
}
