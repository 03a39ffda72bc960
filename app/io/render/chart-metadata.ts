import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';

/** What is wrong with a field of `Chart.yaml`, and the mend. */
export type FieldProblem = { readonly field: string; readonly message: string; readonly mend: string };

type Fields = Readonly<Record<string, Json | undefined>>;

/** Keys of Chart.yaml that helm reads (https://helm.sh/docs/topics/charts/). It does so in any case; here `Name` beside `name` is an error. */
const keys = ['apiVersion', 'name', 'version', 'kubeVersion', 'description', 'type', 'keywords', 'home', 'sources', 'dependencies', 'maintainers', 'icon', 'appVersion', 'deprecated', 'annotations', 'condition', 'tags'];
const versionPattern = /^v?\d+(?:\.\d+){0,2}(?:[-+][0-9A-Za-z.+-]+)?$/;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const maxName = 100;

/** Returns what is wrong with a chart's metadata; `root`: it is the chart to be rendered, not one in it. */
export function metadataProblems(metadata: Fields, root: boolean): FieldProblem[] {
  const { apiVersion, name, version, type } = { apiVersion: metadata['apiVersion'], name: metadata['name'], version: metadata['version'], type: metadata['type'] };
  const problems: FieldProblem[] = [];
  const wrong = (field: string, message: string, mend: string): void => {
    problems.push({ field, message, mend });
  };
  for (const key of Object.keys(metadata)) {
    const meant = keys.find((known) => known.toLowerCase() === key.toLowerCase());
    if (meant !== undefined && meant !== key) wrong(shown(key), 'is not how the key is written', `write ${meant}`);
  }
  // Without it helm reads v1, which asks for it by now.
  if (apiVersion !== undefined && apiVersion !== 'v1' && apiVersion !== 'v2') wrong('apiVersion', `is ${describe(apiVersion)}`, 'write v2');
  if (typeof name !== 'string') wrong('name', name === undefined ? 'is missing' : 'is not text', 'name the chart: name: api');
  else if (name.length > maxName || !namePattern.test(name)) wrong('name', `is ${describe(name)}`, `write letters, digits, "-", "_" and ".", a letter or digit first, ${maxName} at most`);
  if (version === undefined) wrong('version', 'is missing', 'write version: 0.1.0');
  else if (!(typeof version === 'number' || (typeof version === 'string' && versionPattern.test(version)))) wrong('version', `is ${describe(version)}`, 'write a semantic version: 0.1.0');
  if (type === 'library' && root) wrong('type', 'is library: such a chart has no objects of its own', 'write type: application, or put the chart into charts/ of the one that uses it');
  else if (type !== undefined && type !== '' && type !== 'application' && type !== 'library') wrong('type', `is ${describe(type)}`, 'write application, or leave it out');
  return problems;
}

export type Dependency = {
  readonly name: string;
  readonly alias: string | undefined;
  readonly version: Json | undefined;
  readonly repository: Json | undefined;
  /** Where it is in the file: `dependencies[0]`. */
  readonly field: string;
};

/** Returns a chart's dependencies, and what is wrong with them. Whether they are there is not looked at. */
export function dependenciesOf(metadata: Fields): { readonly dependencies: readonly Dependency[]; readonly problems: readonly FieldProblem[] } {
  const listed = metadata['dependencies'] ?? [];
  if (!Array.isArray(listed)) return { dependencies: [], problems: [{ field: 'dependencies', message: 'is no list', mend: 'write one entry a line, each beginning with "- name:"' }] };
  const dependencies: Dependency[] = [];
  const problems: FieldProblem[] = [];
  const taken = new Set<string>();
  for (const [index, one] of (listed as readonly Json[]).entries()) {
    const field = `dependencies[${index}]`;
    const fields = typeof one === 'object' && one !== null && !Array.isArray(one) ? (one as Fields) : {};
    const { name, alias, version, repository } = { name: fields['name'], alias: fields['alias'], version: fields['version'], repository: fields['repository'] };
    if (typeof name !== 'string' || name === '') {
      problems.push({ field: `${field}.name`, message: 'is missing', mend: 'name the chart that is in charts/' });
      continue;
    }
    const effective = typeof alias === 'string' && alias !== '' ? alias : name;
    if (taken.has(effective)) problems.push({ field: `${field}.${effective === name ? 'name' : 'alias'}`, message: `is ${describe(effective)}, as another's is`, mend: 'give each an alias of its own' });
    taken.add(effective);
    dependencies.push({ name, alias: effective === name ? undefined : effective, version, repository, field });
  }
  return { dependencies, problems };
}

/** Says whether a text can be a chart's name: one word, and no path. */
export function isChartName(name: string): boolean {
  return name.length <= maxName && namePattern.test(name) && !name.includes('..');
}

/** Returns a value as it is said in a message. */
export function describe(value: Json): string {
  return typeof value === 'string' ? `"${shown(value, 80)}"` : typeof value === 'object' ? 'no text' : String(value);
}
