import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import { substitute, templateNames, unknownIn } from '../../core/substitute.ts';
import { BadYaml, budgetOf, readDocuments, type YamlBudget } from './kubernetes-yaml.ts';
import type { YamlLimits } from './limits.ts';
import { NoText, textOf } from './text.ts';

/** An object, and the file that it is from. */
export type ReadObject = { readonly file: string; readonly object: Readonly<Record<string, Json | undefined>> };

export type ReadAnswer = { readonly objects: readonly ReadObject[] } | { readonly problems: readonly string[] };

/** What helm calls a chart's folder, and where it is in the repository; the longest first. */
export type Sources = readonly { readonly name: string; readonly path: string }[];

const maxProblems = 20;

/**
 * Reads what `helm template` printed. helm itself cuts templates into documents and writes `# Source:` before each
 * (https://helm.sh/docs/helm/helm_template/), so the first such line after each `---` is not the template's.
 */
export function readRendered(output: Uint8Array, at: { readonly folder: string; readonly sources: Sources }, limits: YamlLimits): ReadAnswer {
  const reading = startReading(limits);
  const text = decoded(output, `${at.folder}: what it renders to`, reading);
  // A line that begins with --- ends a document wherever it stands, in the middle of a text too.
  for (const chunk of text?.replaceAll('\r\n', '\n').split(/^---(?=[ \t\n]|$)/m) ?? []) {
    const source = /^\s*# Source: (.*)\n/.exec(chunk);
    const file = source?.[1] === undefined ? at.folder : fileOf(source[1], at);
    if (!readInto(reading, chunk, { file, rendered: true })) break;
  }
  return answerOf(reading, at.folder);
}

/** Returns where a template is in the repository, by what helm calls it. */
export function fileOf(source: string, { folder, sources }: { readonly folder: string; readonly sources: Sources }): string {
  const path = shown(source, 300);
  const chart = sources.find(({ name }) => path.startsWith(`${name}/`));
  return chart ? chart.path + path.slice(chart.name.length) : `${folder}/${path.slice(path.indexOf('/') + 1)}`;
}

/** Reads files of `.cloud/manifests/`, with `${…}` in their texts filled in; keys stay as they are. */
export function readManifests(files: readonly { readonly file: string; readonly content: Uint8Array }[], values: Readonly<Record<string, string>>, limits: YamlLimits): ReadAnswer {
  const reading = startReading(limits);
  for (const { file, content } of files) {
    const text = decoded(content, file, reading);
    if (text !== undefined && !readInto(reading, text, { file, rendered: false, values })) break;
  }
  return answerOf(reading, '.cloud/manifests');
}

type Reading = { readonly objects: ReadObject[]; readonly problems: string[]; readonly budget: YamlBudget };

function startReading(limits: YamlLimits): Reading {
  return { objects: [], problems: [], budget: budgetOf(limits) };
}

function answerOf({ objects, problems }: Reading, folder: string): ReadAnswer {
  if (problems.length === 0) return { objects };
  const more = problems.length - maxProblems;
  return { problems: more <= 0 ? problems : [...problems.slice(0, maxProblems), `${folder}: ${more} more problems — mend these first`] };
}

function decoded(bytes: Uint8Array, file: string, { problems }: Reading): string | undefined {
  try {
    return textOf(bytes);
  } catch (thrown) {
    if (!(thrown instanceof NoText)) throw thrown;
    problems.push(`${file}: ${thrown.message}`);
    return undefined;
  }
}

type From = { readonly file: string; readonly rendered: boolean; readonly values?: Readonly<Record<string, string>> };

/** Returns whether there is something left to read with. */
function readInto(reading: Reading, text: string, from: From): boolean {
  try {
    for (const value of readDocuments(text, reading.budget)) addObject(reading, value, from);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof BadYaml)) throw thrown;
    // A line of what was rendered is no line of the template: the text there says more.
    const near = shown(text.split('\n')[thrown.line - 1]?.trim() ?? '', 80);
    const place = from.rendered ? ` (rendered: ${near === '' ? 'an empty line' : near})` : '';
    reading.problems.push(`${from.file}${from.rendered ? '' : `:${thrown.line}`}: ${thrown.message}${place} — ${thrown.mend}`);
    return !thrown.spent;
  }
}

/** Adds the object, or those that a List has (https://kubernetes.io/docs/reference/using-api/api-concepts/#collections). */
function addObject(reading: Reading, value: Json, from: From): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reading.problems.push(`${from.file}: has ${Array.isArray(value) ? 'a list' : `"${shown(String(value), 40)}"`} where an object should be — write apiVersion, kind and metadata`);
    return;
  }
  const map = value as Readonly<Record<string, Json>>;
  const items = map['items'];
  if (map['kind'] === 'List' && Array.isArray(items)) {
    for (const item of items as readonly Json[]) addObject(reading, item, from);
    return;
  }
  const filled = from.values === undefined ? map : (fillIn(map, '', { reading, file: from.file, values: from.values }) as Readonly<Record<string, Json>>);
  reading.objects.push({ file: from.file, object: filled });
}

type Filling = { readonly reading: Reading; readonly file: string; readonly values: Readonly<Record<string, string>> };

function fillIn(value: Json, field: string, filling: Filling): Json {
  if (typeof value === 'string') return fillText(value, field, filling);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item, index) => fillIn(item, `${field}[${index}]`, filling));
  const at = field === '' ? '' : `${field}.`;
  return Object.fromEntries(Object.entries(value as Readonly<Record<string, Json>>).map(([key, item]) => [key, fillIn(item, at + shown(key), filling)]));
}

function fillText(text: string, field: string, { reading, file, values }: Filling): string {
  if (!text.includes('${')) return text;
  const [unknown] = unknownIn(text);
  if (unknown === undefined) return substitute(text, Object.assign({}, ...templateNames.map((name) => ({ [name]: values[name] ?? '' }))) as Parameters<typeof substitute>[1]);
  reading.problems.push(`${file} ${field}: cannot fill in ${shown(unknown)} — the names are ${templateNames.join(', ')}; write $\${ for a plain \${`);
  return text;
}
