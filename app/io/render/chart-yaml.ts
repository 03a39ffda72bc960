import type { Json } from '../../core/object.ts';
import { BadYaml, budgetOf, readDocuments } from './kubernetes-yaml.ts';
import type { YamlLimits } from './limits.ts';
import type { Locked } from './remote-dependencies.ts';
import { NoText, textOf } from './text.ts';

/** A file's fields, of which nothing is known. */
export type Fields = Readonly<Record<string, Json | undefined>>;

/** A chart's files; `shownAt`: where they are, from the repository's root. */
type Files = { readonly files: ReadonlyMap<string, Uint8Array>; readonly shownAt: string };

/** Where problems are told. */
type Telling = { readonly problems: string[]; readonly limits: { readonly yaml: YamlLimits } };

/** Returns what a YAML file of a chart says; undefined where it says nothing that can be used, which is told. */
export function readYamlFile(chart: Files, name: string, found: Telling): Fields | undefined {
  const file = `${chart.shownAt}/${name}`;
  const content = chart.files.get(name);
  if (!content) {
    found.problems.push(`${file}: ${missing(chart, name)}`);
    return undefined;
  }
  try {
    const [first, second] = readDocuments(textOf(content), budgetOf(found.limits.yaml));
    if (typeof first === 'object' && first !== null && !Array.isArray(first) && second === undefined) return first as Fields;
    found.problems.push(`${file}: ${first === undefined ? 'is empty' : 'is not one map'} — write key: value lines`);
  } catch (thrown) {
    if (thrown instanceof BadYaml) found.problems.push(`${file}:${thrown.line}: ${thrown.message} — ${thrown.mend}`);
    else if (thrown instanceof NoText) found.problems.push(`${file}: ${thrown.message}`);
    else throw thrown;
  }
  return undefined;
}

function missing(chart: Files, name: string): string {
  const paths = [...chart.files.keys()];
  if (paths.some((path) => path.startsWith(`${name}/`))) return 'is a folder — make it a file';
  const twin = paths.find((path) => /^chart\.ya?ml$/i.test(path));
  return twin === undefined ? 'is missing — every chart has one: apiVersion, name and version' : `is missing — rename ${twin}`;
}

/** Returns what a lock file of helm says; undefined where there is none. */
export function lockedIn(chart: Files, file: string, found: Telling): readonly Locked[] | undefined {
  if (!chart.files.has(file)) return undefined;
  const listed = readYamlFile(chart, file, found)?.['dependencies'];
  return (Array.isArray(listed) ? (listed as readonly Json[]) : []).flatMap((one) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return [];
    const { name, version, repository } = one as { readonly [key: string]: Json | undefined };
    return [{ name, version, repository }];
  });
}
