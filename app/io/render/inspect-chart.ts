import { withoutSlash } from '../../config/chart-repositories.ts';
import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import { identityOf, type RemoteChart } from '../charts/remote-chart.ts';
import { BadArchive, readArchive, type ArchiveBudget } from './archive.ts';
import { usesChance } from './chance.ts';
import { lockedIn, readYamlFile, type Fields } from './chart-yaml.ts';
import { dependenciesOf, describe, metadataProblems, type FieldProblem } from './chart-metadata.ts';
import type { RenderLimits } from './limits.ts';
import { remoteChart } from './remote-dependencies.ts';
import { foreignReference } from './schema-refs.ts';
import { NoText, textOf } from './text.ts';

export type Bytes = Uint8Array;

/** What there is to know about a chart before helm sees it. */
export type ChartPlan = {
  /** Vendored archives of the branch, which helm is not given, by their paths in the chart. */
  readonly archives: readonly string[];
  /** Their files instead, and those of what was fetched. */
  readonly unpacked: readonly { readonly path: string; readonly content: Bytes }[];
  /** What helm calls a chart's folder (`api/charts/redis`), and where it is in the repository; the longest first. */
  readonly sources: readonly { readonly name: string; readonly path: string }[];
  /** Whether a template may give another result each time. */
  readonly chance: boolean;
};

/** Where charts may be fetched from, and the archives that were, by `identityOf`. */
export type Fetched = { readonly listed: readonly string[]; readonly archives: ReadonlyMap<string, Bytes> };

/** `wanted`: what has to be fetched before more can be said. */
export type Inspection = { readonly problems: readonly string[] } | { readonly wanted: readonly RemoteChart[] } | { readonly plan: ChartPlan };

type Limits = Pick<RenderLimits, 'archives' | 'subcharts' | 'yaml'>;

/** One chart, or one in it. */
type Chart = {
  readonly files: ReadonlyMap<string, Bytes>;
  /** Where it is, from the repository's root; in an archive as if that were a folder. */
  readonly shownAt: string;
  /** Where helm is to find it, from the root chart: '' or such as `charts/redis/`. */
  readonly place: string;
  readonly packed: boolean;
  /** What it was fetched as. */
  readonly asked?: RemoteChart;
  /** Names of the charts that it is in, the outermost first. */
  readonly parents: readonly string[];
};

type Found = {
  readonly problems: string[];
  readonly archives: string[];
  readonly unpacked: { path: string; content: Bytes }[];
  readonly sources: { name: string; path: string }[];
  readonly wanted: RemoteChart[];
  readonly fetched: Fetched;
  readonly budget: ArchiveBudget;
  readonly limits: Limits;
  subcharts: number;
  chance: boolean;
};

/**
 * Looks at a chart and at every chart in it: their Chart.yaml, that all dependencies are there, that no schema leads out. Archives
 * are unpacked within the limits, and what was fetched is looked at as if it were in charts/. `folder` is the chart's folder from the
 * repository's root, for messages.
 */
export function inspectChart(folder: string, files: ReadonlyMap<string, Bytes>, limits: Limits, fetched: Fetched): Inspection {
  const found: Found = { problems: [], archives: [], unpacked: [], sources: [], wanted: [], fetched, budget: { ...limits.archives }, limits, subcharts: limits.subcharts, chance: false };
  inspectOne({ files, shownAt: folder, place: '', packed: false, parents: [] }, found);
  if (found.problems.length > 0) return { problems: found.problems };
  if (found.wanted.length > 0) return { wanted: found.wanted };
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
  if (chart.asked) checkAsked(chart, chart.asked, metadata, found);
  if (name !== undefined && parents.includes(name)) found.problems.push(`${shownAt}/Chart.yaml name: is "${shown(name)}", as that of a chart that it is in — rename one of the two`);
  if (files.has('charts')) found.problems.push(`${shownAt}/charts: is a file — make it a folder, or remove it`);
  checkSchema(chart, found);
  found.chance ||= [...files.values()].some((content) => usesChance(Buffer.from(content).toString('latin1')));
  const subcharts = inspectSubcharts(chart, [...parents, name ?? ''], found);
  // As helm does, which takes what is vendored with a vendored chart for all that it needs.
  const aliases = root || chart.asked ? checkDependencies(chart, metadata, { subcharts, parents: [...parents, name ?? ''] }, found) : [];
  const own = [...parents, name].join('/charts/');
  found.sources.push({ name: own, path: shownAt }, ...aliases.map(({ alias, path }) => ({ name: `${own}/charts/${alias}`, path })));
  return name;
}

function checkAsked({ shownAt }: Chart, { repository, name, version }: RemoteChart, metadata: Fields, found: Found): void {
  const differs = (field: string, asked: string, actual: Json | undefined): void => {
    if (typeof actual === 'string' && actual.replace(/^v/, '') === asked.replace(/^v/, '')) return;
    found.problems.push(`${shownAt}/Chart.yaml ${field}: is ${describe(actual ?? null)}, and ${repository} calls it ${asked} — ${notMended}`);
  };
  differs('name', name, metadata['name']);
  differs('version', version, metadata['version']);
}

const notMended = 'choose another version, or vendor a mended copy in charts/';

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
    if (!mayHaveMore(chart, sub.shownAt, parents, found)) return names;
    const name = inspectOne(sub, found);
    if (name !== undefined) names.set(name, sub.shownAt);
  }
  return names;
}

/** Counts one more chart in a chart; says whether it may be there. */
function mayHaveMore(chart: Chart, shownAt: string, parents: readonly string[], found: Found): boolean {
  if (parents.length > maxDepth) found.problems.push(`${shownAt}: is more than ${maxDepth} charts deep — put it beside those that it is in`);
  else if (--found.subcharts < 0) found.problems.push(`${chart.shownAt}/charts: has more than ${found.limits.subcharts} charts, those in them counted — vendor what is used`);
  else return true;
  return false;
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
  if (!chart.packed) found.archives.push(`${chart.place}charts/${entry}`);
  return unpack(file, { shownAt, place: `${chart.place}charts/${name}/`, packed: true, parents }, found);
}

function unpack(archive: Bytes, chart: Omit<Chart, 'files'>, found: Found): Chart | undefined {
  try {
    const files = readArchive(archive, found.budget);
    keepUnpacked(found, chart.place, files);
    return { ...chart, files };
  } catch (thrown) {
    if (!(thrown instanceof BadArchive)) throw thrown;
    found.problems.push(`${chart.shownAt}: ${thrown.message} — ${chart.asked ? notMended : 'run `helm dependency build` again, or vendor the chart as a folder'}`);
    return undefined;
  }
}

/** Inspects what was fetched for a dependency, as if it were in charts/; returns where that would be. Undefined: it is still to be fetched. */
function inspectFetched(chart: Chart, asked: RemoteChart, parents: readonly string[], found: Found): string | undefined {
  let stem = `${asked.name}-${asked.version}`;
  while ([...chart.files.keys()].some((path) => path.startsWith(`charts/${stem}/`) || path === `charts/${stem}.tgz`)) stem += '_';
  const shownAt = `${chart.shownAt}/charts/${stem}.tgz`;
  if (!mayHaveMore(chart, shownAt, parents, found)) return undefined;
  const archive = found.fetched.archives.get(identityOf(asked));
  if (!archive) {
    found.wanted.push(asked);
    return undefined;
  }
  const sub = unpack(archive, { shownAt, place: `${chart.place}charts/${stem}/`, packed: true, parents, asked }, found);
  if (sub) inspectOne(sub, found);
  return shownAt;
}

/** Archives in archives are unpacked in their turn. A schema that leads out is nothing its user could mend: it is left out. */
function keepUnpacked(found: Found, place: string, files: ReadonlyMap<string, Bytes>): void {
  for (const [path, content] of files) {
    if (/(?:^|\/)charts\/[^/]+\.tgz$/.test(path)) continue;
    if (/(?:^|\/)values\.schema\.json$/.test(path) && schemaProblem(content) !== undefined) continue;
    found.unpacked.push({ path: place + path, content });
  }
}

/** Returns where the charts are that have another name in their parent. */
function checkDependencies(chart: Chart, metadata: Fields, at: { readonly subcharts: ReadonlyMap<string, string>; readonly parents: readonly string[] }, found: Found): readonly { readonly alias: string; readonly path: string }[] {
  const lists = [{ file: 'Chart.yaml', lock: 'Chart.lock', fields: metadata }];
  if (chart.files.has('requirements.yaml')) {
    const fields = readYamlFile(chart, 'requirements.yaml', found) ?? {};
    // helm reads the whole of it over Chart.yaml.
    const more = Object.keys(fields).find((key) => key !== 'dependencies');
    if (more !== undefined && !chart.asked) found.problems.push(`${chart.shownAt}/requirements.yaml ${shown(more)}: has no place here — keep \`dependencies\` only`);
    lists.push({ file: 'requirements.yaml', lock: 'requirements.lock', fields });
  }
  // The same version under two names is one chart.
  const paths = new Map<string, string | undefined>();
  return lists.flatMap(({ file, lock, fields }) => {
    const { dependencies, problems } = dependenciesOf(fields);
    const tell = ({ field, message, mend }: FieldProblem): void => {
      found.problems.push(`${chart.shownAt}/${file} ${field}: ${message} — ${mend}`);
    };
    // Of what is fetched no more is asked than that all of it is there.
    if (!chart.asked) problems.forEach(tell);
    const missing = dependencies.filter(({ name }) => !at.subcharts.has(name));
    const locked = missing.length > 0 && found.fetched.listed.length > 0 ? lockedIn(chart, lock, found) : undefined;
    for (const dependency of missing) {
      const remote = remoteChart(dependency, found.fetched.listed, locked);
      if ('message' in remote) tell(remote);
      else if (!paths.has(identityOf(remote))) paths.set(identityOf(remote), inspectFetched(chart, { ...remote, at: `${chart.shownAt}/${file} ${dependency.field}` }, at.parents, found));
    }
    return dependencies.flatMap(({ name, alias, repository, version }) => {
      if (alias === undefined) return [];
      const fetched = typeof repository === 'string' && typeof version === 'string' ? paths.get(identityOf({ repository: withoutSlash(repository), name, version })) : undefined;
      return [{ alias, path: at.subcharts.get(name) ?? fetched ?? chart.shownAt }];
    });
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
