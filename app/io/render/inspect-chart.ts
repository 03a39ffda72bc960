import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import { BadArchive, readArchive, type ArchiveBudget } from './archive.ts';
import { usesChance } from './chance.ts';
import { dependenciesOf, metadataProblems, type Dependency } from './chart-metadata.ts';
import { BadYaml, budgetOf, readDocuments } from './kubernetes-yaml.ts';
import type { RenderLimits } from './limits.ts';
import { foreignReference } from './schema-refs.ts';
import { NoText, textOf } from './text.ts';

export type Bytes = Uint8Array;

/** What there is to know about a chart before helm sees it. */
export type ChartPlan = {
  /** Vendored archives, which helm is not given, by their paths in the chart. */
  readonly archives: readonly string[];
  /** Their files instead. */
  readonly unpacked: readonly { readonly path: string; readonly content: Bytes }[];
  /** What helm calls a chart's folder (`api/charts/redis`), and where it is in the repository; the longest first. */
  readonly sources: readonly { readonly name: string; readonly path: string }[];
  /** Whether a template may give another result each time. */
  readonly chance: boolean;
};

type Limits = Pick<RenderLimits, 'archives' | 'subcharts' | 'yaml'>;

/** One chart, or one in it. */
type Chart = {
  readonly files: ReadonlyMap<string, Bytes>;
  /** Where it is, from the repository's root; in an archive as if that were a folder. */
  readonly shownAt: string;
  /** Where helm is to find it, from the root chart: '' or such as `charts/redis/`. */
  readonly place: string;
  readonly packed: boolean;
  /** Names of the charts that it is in, the outermost first. */
  readonly parents: readonly string[];
};

type Found = {
  readonly problems: string[];
  readonly archives: string[];
  readonly unpacked: { path: string; content: Bytes }[];
  readonly sources: { name: string; path: string }[];
  readonly budget: ArchiveBudget;
  readonly limits: Limits;
  subcharts: number;
  chance: boolean;
};

/**
 * Looks at a chart and at every chart in it: their Chart.yaml, that all dependencies are there, that no schema leads out. Archives
 * are unpacked within the limits. `folder` is the chart's folder from the repository's root, for messages.
 */
export function inspectChart(folder: string, files: ReadonlyMap<string, Bytes>, limits: Limits): { readonly problems: readonly string[] } | { readonly plan: ChartPlan } {
  const found: Found = { problems: [], archives: [], unpacked: [], sources: [], budget: { ...limits.archives }, limits, subcharts: limits.subcharts, chance: false };
  inspectOne({ files, shownAt: folder, place: '', packed: false, parents: [] }, found);
  if (found.problems.length > 0) return { problems: found.problems };
  const { archives, unpacked, chance } = found;
  return { plan: { archives, unpacked, chance, sources: found.sources.toSorted((a, b) => b.name.length - a.name.length) } };
}

/** Charts in charts in charts: nobody has so many. */
const maxDepth = 6;

/** Returns the chart's name; undefined where it has none that can be used. */
function inspectOne(chart: Chart, found: Found): string | undefined {
  const metadata = readYamlFile(chart, 'Chart.yaml', found);
  if (!metadata) return undefined;
  const { files, shownAt, parents } = chart;
  const root = parents.length === 0;
  for (const { field, message, mend } of metadataProblems(metadata, root)) found.problems.push(`${shownAt}/Chart.yaml ${field}: ${message} — ${mend}`);
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : undefined;
  if (name !== undefined && parents.includes(name)) found.problems.push(`${shownAt}/Chart.yaml name: is "${shown(name)}", as that of a chart that it is in — rename one of the two`);
  if (files.has('charts')) found.problems.push(`${shownAt}/charts: is a file — make it a folder, or remove it`);
  checkSchema(chart, found);
  found.chance ||= [...files.values()].some((content) => usesChance(Buffer.from(content).toString('latin1')));
  const subcharts = inspectSubcharts(chart, [...parents, name ?? ''], found);
  const aliases = root ? checkDependencies(chart, metadata, subcharts, found) : [];
  found.sources.push({ name: [...parents, name].join('/charts/'), path: shownAt });
  for (const { alias, name: of } of aliases) {
    if (alias !== undefined) found.sources.push({ name: `${name}/charts/${alias}`, path: subcharts.get(of) ?? shownAt });
  }
  return name;
}

/** Inspects what is in `charts/`; returns where each chart is, by name. What begins with "_" or "." helm leaves out. */
function inspectSubcharts(chart: Chart, parents: readonly string[], found: Found): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const entries = new Map<string, Map<string, Bytes>>();
  for (const [path, content] of chart.files) {
    const [first, entry, ...rest] = path.split('/');
    if (first !== 'charts' || entry === undefined || /^[_.]/.test(entry) || path.endsWith('.prov')) continue;
    const files = entries.get(entry) ?? new Map<string, Bytes>();
    entries.set(entry, files.set(rest.join('/'), content));
  }
  for (const [entry, files] of entries) {
    const sub = subchart(chart, entry, files, { parents, found, taken: (name) => entries.has(name) });
    if (!sub) continue;
    if (parents.length > maxDepth) {
      found.problems.push(`${sub.shownAt}: is more than ${maxDepth} charts deep — put it beside those that it is in`);
      return names;
    }
    if (--found.subcharts < 0) {
      found.problems.push(`${chart.shownAt}/charts: has more than ${found.limits.subcharts} charts, those in them counted — vendor what is used`);
      return names;
    }
    const name = inspectOne(sub, found);
    if (name !== undefined) names.set(name, sub.shownAt);
  }
  return names;
}

function subchart(chart: Chart, entry: string, files: Map<string, Bytes>, at: { readonly parents: readonly string[]; readonly found: Found; readonly taken: (name: string) => boolean }): Chart | undefined {
  const { parents, found } = at;
  const shownAt = `${chart.shownAt}/charts/${entry}`;
  const file = files.get('');
  const archive = entry.endsWith('.tgz');
  if (!file) {
    if (archive) found.problems.push(`${shownAt}: is a folder with the name of an archive — rename it`);
    return archive ? undefined : { files, shownAt, place: `${chart.place}charts/${entry}/`, packed: chart.packed, parents };
  }
  if (!archive) {
    found.problems.push(`${shownAt}: is no chart — keep only folders and .tgz archives of charts in charts/`);
    return undefined;
  }
  const name = entry.slice(0, -'.tgz'.length);
  if (name === '' || at.taken(name)) {
    found.problems.push(`${shownAt}: is there as a folder, too — keep one of the two`);
    return undefined;
  }
  try {
    const unpacked = readArchive(file, found.budget);
    const place = `${chart.place}charts/${name}/`;
    if (!chart.packed) found.archives.push(`${chart.place}charts/${entry}`);
    keepUnpacked(found, place, unpacked);
    return { files: unpacked, shownAt, place, packed: true, parents };
  } catch (thrown) {
    if (!(thrown instanceof BadArchive)) throw thrown;
    found.problems.push(`${shownAt}: ${thrown.message} — run \`helm dependency build\` again, or vendor the chart as a folder`);
    return undefined;
  }
}

/** Archives in archives are unpacked in their turn. A schema that leads out is nothing its user could mend: it is left out. */
function keepUnpacked(found: Found, place: string, files: ReadonlyMap<string, Bytes>): void {
  for (const [path, content] of files) {
    if (/(?:^|\/)charts\/[^/]+\.tgz$/.test(path)) continue;
    if (/(?:^|\/)values\.schema\.json$/.test(path) && schemaProblem(content) !== undefined) continue;
    found.unpacked.push({ path: place + path, content });
  }
}

function checkDependencies(chart: Chart, metadata: Readonly<Record<string, Json | undefined>>, subcharts: ReadonlyMap<string, string>, found: Found): readonly Dependency[] {
  const names = new Set(subcharts.keys());
  const lists = [{ file: 'Chart.yaml', fields: metadata }];
  if (chart.files.has('requirements.yaml')) {
    const fields = readYamlFile(chart, 'requirements.yaml', found) ?? {};
    // helm reads the whole of it over Chart.yaml.
    const more = Object.keys(fields).find((key) => key !== 'dependencies');
    if (more !== undefined) found.problems.push(`${chart.shownAt}/requirements.yaml ${shown(more)}: has no place here — keep \`dependencies\` only`);
    lists.push({ file: 'requirements.yaml', fields });
  }
  return lists.flatMap(({ file, fields }) => {
    const { dependencies, problems } = dependenciesOf(fields, names);
    for (const { field, message, mend } of problems) found.problems.push(`${chart.shownAt}/${file} ${field}: ${message} — ${mend}`);
    return dependencies;
  });
}

function checkSchema(chart: Chart, found: Found): void {
  const content = chart.files.get('values.schema.json');
  if (!content || chart.packed) return;
  const problem = schemaProblem(content);
  if (problem !== undefined) found.problems.push(`${chart.shownAt}/values.schema.json${problem}`);
}

function schemaProblem(content: Bytes): string | undefined {
  try {
    const foreign = foreignReference(JSON.parse(textOf(content)));
    if (!foreign) return undefined;
    return ` ${shown(foreign.field, 120)}: is "${shown(foreign.target, 80)}", which leads out of the file — copy what is meant into \`definitions\` and refer to it by "#/definitions/…"`;
  } catch (thrown) {
    return `: ${thrown instanceof NoText ? thrown.message : 'is not valid JSON — mend it, or remove it'}`;
  }
}

/** Returns what a YAML file of a chart says; undefined where it says nothing that can be used, which is told. */
function readYamlFile(chart: Chart, name: string, found: Found): Readonly<Record<string, Json | undefined>> | undefined {
  const file = `${chart.shownAt}/${name}`;
  const content = chart.files.get(name);
  if (!content) {
    found.problems.push(`${file}: ${missing(chart, name)}`);
    return undefined;
  }
  try {
    const [first, second] = readDocuments(textOf(content), budgetOf(found.limits.yaml));
    if (typeof first === 'object' && first !== null && !Array.isArray(first) && second === undefined) return first as Readonly<Record<string, Json>>;
    found.problems.push(`${file}: ${first === undefined ? 'is empty' : 'is not one map'} — write key: value lines`);
  } catch (thrown) {
    if (thrown instanceof BadYaml) found.problems.push(`${file}:${thrown.line}: ${thrown.message} — ${thrown.mend}`);
    else if (thrown instanceof NoText) found.problems.push(`${file}: ${thrown.message}`);
    else throw thrown;
  }
  return undefined;
}

function missing(chart: Chart, name: string): string {
  const paths = [...chart.files.keys()];
  if (paths.some((path) => path.startsWith(`${name}/`))) return 'is a folder — make it a file';
  const twin = paths.find((path) => /^chart\.ya?ml$/i.test(path));
  return twin === undefined ? 'is missing — every chart has one: apiVersion, name and version' : `is missing — rename ${twin}`;
}
