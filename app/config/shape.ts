import { z } from 'zod';
import { nearest } from './nearest.ts';
import { fieldName, inOrder, shown, type Problem } from './problem.ts';
import { readYaml, type YamlFile } from './yaml.ts';

/** What a rule found wrong with one value. */
export type Wrong = { readonly message: string; readonly mend: string };

/** What is wrong at one path of the file; `part` says whether the place to look at is the key or the value. */
export type Finding = Wrong & { readonly path: readonly PropertyKey[]; readonly part: 'key' | 'value' };

/** Returns a finding about a key, or about what is missing under it. */
export function atKey(path: readonly PropertyKey[], message: string, mend: string): Finding {
  return { path, part: 'key', message, mend };
}

/** Returns a finding about a value. */
export function atValue(path: readonly PropertyKey[], message: string, mend: string): Finding {
  return { path, part: 'value', message, mend };
}

/**
 * What the reference (docs/configuration.md) and the messages say about a key: what it is for, and YAML that would do.
 */
export type About = {
  readonly description: string;
  readonly example: string;
  /** Another key that takes the same: the reference says so instead of repeating what is below it. */
  readonly sameAs?: string;
};

/** Part of a JSON Schema, as far as the messages and the reference need one. */
export type SchemaNode = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly required?: readonly string[];
  readonly pattern?: string;
  /** Of the keys of a map: what they are. */
  readonly title?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly example?: string;
  readonly sameAs?: string;
};

const nodes = new WeakMap<z.ZodType, SchemaNode>();

/** Returns the schema of what people write, with its `About`s, as plain data; made once for each schema. */
export function schemaNode(schema: z.ZodType): SchemaNode {
  const node = nodes.get(schema) ?? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode);
  nodes.set(schema, node);
  return node;
}

/**
 * Returns a schema of text that `rule` finds nothing wrong with. Editors are told `pattern`, which may not refuse what
 * the rule lets through.
 */
export function text(rule: (value: string) => Wrong | undefined, pattern?: RegExp): z.ZodString {
  const schema = z.string().check((context) => {
    const wrong = rule(context.value);
    if (!wrong) return;
    const { message, mend } = wrong;
    // Without `continue` a union of text and number would tell the mismatch of types instead.
    context.issues.push({ code: 'custom', input: context.value, message, params: { mend }, continue: true });
  });
  return pattern === undefined ? schema : schema.meta({ pattern: pattern.source });
}

/** Returns a schema of text that the pattern fits; `wrong` is said of any other. */
export function textLike(pattern: RegExp, wrong: Wrong): z.ZodString {
  return text((value) => (pattern.test(value) ? undefined : wrong), pattern);
}

/** Returns a schema of a quantity; a number is held against the rule as it is written, by `wrongNumber`. */
export function quantity(rule: (value: string) => Wrong | undefined): z.ZodType<string | number> {
  return z.union([text(rule), z.number()]);
}

/**
 * Returns what the YAML text says, held against the schema, or every problem: the schema's own, and those that `check`
 * finds in the raw data, which may have any shape.
 */
export function readShape<S extends z.ZodType>(
  source: { readonly text: string; readonly file: string },
  schema: S,
  check: (raw: unknown, yaml: YamlFile) => readonly Finding[],
):
  | { readonly ok: true; readonly raw: z.output<S>; readonly yaml: YamlFile }
  | { readonly ok: false; readonly problems: Problem[] } {
  const read = readYaml(source.text, source.file);
  if (!read.ok) return read;
  const { yaml } = read;
  const data = yaml.data ?? {};
  const result = schema.safeParse(data);
  const ofSchema = result.success ? [] : findingsOf(result.error.issues, schemaNode(schema), data);
  const ofCheck = check(data, yaml);
  const findings = [...nearestOfEach(ofSchema, ofCheck, data), ...ofCheck];
  if (result.success && findings.length === 0) return { ok: true, raw: result.data, yaml };
  // Looking up a place walks the map: a file of nothing but wrong keys must not cost the square of its size.
  const kept = findings.slice(0, 200).map(({ path, part, message, mend }) => {
    return { file: source.file, ...yaml.positionOf(path, part), field: fieldName(path), message, mend };
  });
  return { ok: false, problems: inOrder(kept, findings.length - kept.length) };
}

/**
 * Returns what the schema has to say beside `ofCheck`, which knows more of a text or a number where it says anything; of a number
 * that is beyond several bounds the schema's last is its strictest.
 */
function nearestOfEach(ofSchema: readonly Finding[], ofCheck: readonly Finding[], data: unknown): Finding[] {
  const keyOf = ({ path, part }: Finding): string => `${part} ${JSON.stringify(path.map(String))}`;
  const told = new Set(ofCheck.map(keyOf));
  return ofSchema
    .toReversed()
    .filter((finding) => {
      const value = finding.part === 'value' ? valueAt(data, finding.path) : undefined;
      if (typeof value !== 'string' && typeof value !== 'number') return true;
      const [before, key] = [told.size, keyOf(finding)];
      return told.add(key).size > before;
    })
    .toReversed();
}

/** Returns the value at a path of any data, or undefined. */
export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

/** Says whether the map at a path of any data has the key, be it empty. */
export function hasKey(data: unknown, path: readonly PropertyKey[], key: string): boolean {
  const map = valueAt(data, path);
  return typeof map === 'object' && map !== null && Object.hasOwn(map, key);
}

/** Returns the entries of a map in any data; none where it is something else. */
export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Returns the texts of a list in any data, each with its index; none where it is something else. */
export function textsOf(value: unknown): readonly (readonly [index: number, text: string])[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.flatMap((one, index) => (typeof one === 'string' ? [[index, one] as const] : []));
}

/** Finds every text that a list in any data names again, as `same` reads it. */
export function namedTwice(
  data: unknown,
  path: readonly PropertyKey[],
  same = (text: string): string => text,
): Finding[] {
  const seen = new Set<string>();
  return textsOf(valueAt(data, path)).flatMap(([index, text]) => {
    const [before, key] = [seen.size, same(text)];
    if (seen.add(key).size > before) return [];
    return [atValue([...path, index], `names ${shown(text)} a second time`, 'keep one of the two')];
  });
}

function findingsOf(issues: readonly z.core.$ZodIssue[], root: SchemaNode, data: unknown): Finding[] {
  return issues.flatMap((issue) => {
    const node = nodeAt(root, issue.path);
    const here = { path: issue.path, part: 'value' as const };
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...issue.path, key], node));
    if (issue.code === 'invalid_key')
      return issue.issues.map((inner) => ({ ...ofRule(inner), path: issue.path, part: 'key' as const }));
    if (issue.code === 'custom') return [{ ...here, ...ofRule(issue) }];
    const fitting = issue.code === 'invalid_union' ? fittingOption(issue) : undefined;
    if (fitting) return findingsOf(fitting, root, data);
    const value = valueAt(data, issue.path);
    if (value === undefined) return [{ ...here, message: 'is missing', mend: `add it${exampleOf(node, issue.path)}` }];
    if (value === null) return [{ ...here, message: 'is empty', mend: `give it a value${exampleOf(node)}` }];
    return [{ ...here, message: mismatch(issue, node, value), mend: exampleOf(node).replace(/^, /, '') }];
  });
}

/** Of a union's options the one that is of the value's kind, if only one is: what it misses is what is wrong. */
function fittingOption(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const options = issue.errors.filter(
    (errors) => !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  const [only, second] = options;
  return second ? undefined : only?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function ofRule(issue: z.core.$ZodIssue): Wrong {
  const mend: unknown = issue.code === 'custom' ? issue.params?.['mend'] : undefined;
  return { message: issue.message, mend: typeof mend === 'string' ? mend : '' };
}

function unknownKey(path: readonly PropertyKey[], parent: SchemaNode | undefined): Finding {
  const known = Object.keys(alternatives(parent).find((node) => node.properties)?.properties ?? {});
  const near = nearest(String(path.at(-1)), known);
  const rest = known.length === 0 ? 'remove it: nothing can be set here yet' : `the keys here are ${known.join(', ')}`;
  return { path, part: 'key', message: 'unknown key', mend: near === undefined ? rest : `did you mean "${near}"?` };
}

function mismatch(issue: z.core.$ZodIssue, node: SchemaNode | undefined, value: unknown): string {
  if (Array.isArray(value) && issue.code === 'too_small')
    return `must have ${issue.minimum} at least, got ${value.length}`;
  if (Array.isArray(value) && issue.code === 'too_big')
    return `must have ${issue.maximum} at most, got ${value.length}`;
  if (issue.code === 'too_small') return `must be ${issue.minimum} at least, got ${described(value)}`;
  if (issue.code === 'too_big') return `must be ${issue.maximum} at most, got ${described(value)}`;
  return `expected ${expected(node)}, got ${described(value)}`;
}

function expected(node: SchemaNode | undefined): string {
  const words = alternatives(node).find((one) => one.enum)?.enum;
  if (words) return `one of ${words.join(', ')}`;
  const types = alternatives(node).flatMap((one) => one.type ?? []);
  return [...new Set(types)]
    .filter((type) => type !== 'null')
    .map((type) => typeNames[type] ?? type)
    .join(' or ');
}

/** The JSON Schema types in the reader's words. */
export const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map (key: value)',
};

function described(value: unknown): string {
  if (typeof value === 'string') return `the text "${shown(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'a map';
}

function exampleOf(node: SchemaNode | undefined, path?: readonly PropertyKey[]): string {
  if (node?.example === undefined) return '';
  const key = path === undefined ? '' : `${String(path.at(-1))}: `;
  return `, for example ${key}${node.example}`;
}

function nodeAt(root: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const step of path) {
    const options: readonly SchemaNode[] = alternatives(node);
    if (typeof step === 'number') node = options.find((one) => one.items)?.items;
    else node = options.map((one) => childOf(one, String(step))).find((one) => one);
  }
  return node;
}

function childOf(node: SchemaNode, key: string): SchemaNode | undefined {
  const { properties = {}, additionalProperties } = node;
  return Object.hasOwn(properties, key) ? properties[key] : additionalProperties || undefined;
}

function alternatives(node: SchemaNode | undefined): readonly SchemaNode[] {
  return node ? [node, ...(node.anyOf ?? [])] : [];
}
