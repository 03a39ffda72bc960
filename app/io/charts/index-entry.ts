import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import { BadYaml, budgetOf, readDocuments } from '../render/kubernetes-yaml.ts';
import type { YamlLimits } from '../render/limits.ts';
import { NoText, textOf } from '../render/text.ts';
import { entriesOfChart } from './index-part.ts';

/** What the index of a chart repository says of one version of a chart. */
export type IndexEntry =
  /** `digest` and `url` as they are written; undefined where they are not. */
  | { readonly kind: 'found'; readonly digest: string | undefined; readonly url: string | undefined }
  /** `named`: it has other versions. */
  | { readonly kind: 'absent'; readonly named: boolean }
  /** The index is none that can be read. */
  | { readonly kind: 'unreadable'; readonly why: string };

type Wanted = { readonly name: string; readonly version: string };

/**
 * Looks a version up in an `index.yaml` (https://helm.sh/docs/topics/chart_repository/), which may be JSON as well. `v1.2.3` and
 * `1.2.3` are one version, as helm has it; the one that is written as asked for goes first.
 */
export function indexEntry(content: Uint8Array, wanted: Wanted, limits: YamlLimits): IndexEntry {
  try {
    const text = textOf(content).replaceAll('\r\n', '\n');
    const part = entriesOfChart(text, wanted);
    if (part === 'absent') return { kind: 'absent', named: false };
    if (part !== undefined) return versionIn(readOne(part.yaml, limits)[wanted.name], wanted);
    const entries = parsed(text, limits)['entries'];
    if (entries === undefined || entries === null) return { kind: 'absent', named: false };
    if (!isMap(entries)) return { kind: 'unreadable', why: 'its entries are no map' };
    return versionIn(Object.hasOwn(entries, wanted.name) ? entries[wanted.name] : undefined, wanted);
  } catch (thrown) {
    if (thrown instanceof BadYaml || thrown instanceof NoText) return { kind: 'unreadable', why: shown(thrown.message, 160) };
    throw thrown;
  }
}

type Fields = Readonly<Record<string, Json | undefined>>;

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Large indexes are written as JSON to be read quickly. */
function parsed(text: string, limits: YamlLimits): Fields {
  if (text.trimStart().startsWith('{')) {
    try {
      const value = JSON.parse(text) as Json;
      if (isMap(value)) return value;
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError)) throw thrown;
    }
  }
  return readOne(text, limits);
}

function readOne(text: string, limits: YamlLimits): Fields {
  const [first, second] = readDocuments(text, budgetOf(limits));
  if (first === undefined || second !== undefined || !isMap(first)) throw new BadYaml('is not one map', 1, '');
  return first;
}

function versionIn(versions: Json | undefined, { version }: Wanted): IndexEntry {
  const list: readonly Json[] = Array.isArray(versions) ? versions : [];
  const fitting = list.filter((one) => isMap(one) && typeof one['version'] === 'string' && bare(one['version']) === bare(version)) as Fields[];
  const found = fitting.find((one) => one['version'] === version) ?? fitting[0];
  if (!found) return { kind: 'absent', named: list.length > 0 };
  const [digest, urls] = [found['digest'], found['urls']];
  const url = Array.isArray(urls) ? (urls as readonly Json[])[0] : undefined;
  return { kind: 'found', digest: typeof digest === 'string' ? digest : undefined, url: typeof url === 'string' ? url : undefined };
}

function bare(version: string): string {
  return version.replace(/^v/, '');
}
