import { chartApps } from './conventions.ts';
import { nearest } from './nearest.ts';
import { shown } from './problem.ts';
import type { ProjectContext } from './project-context.ts';
import { maxApps } from './project-schema.ts';
import { folderPattern } from './project-texts.ts';
import { atKey, atValue, entriesOf, hasKey, valueAt, type Finding } from './shape.ts';

/** What an app is made of: the key that says so, and the keys that go with it. */
const takes = {
  image: [
    'image',
    'service',
    'env',
    'secrets',
    'command',
    'args',
    'readiness',
    'liveness',
    'resources',
    'replicas',
    'files',
  ],
  chart: ['chart', 'service', 'values', 'tag'],
  manifests: ['manifests', 'service'],
} as const;

type Kind = keyof typeof takes;

const kinds: readonly Kind[] = ['image', 'chart', 'manifests'];

/** Keys of an app but those that say what it is. */
const furtherKeys: readonly string[] = [...new Set(kinds.flatMap((kind) => takes[kind].slice(1)))];

/** An app in the file, and what it is: at the top, or at `apps.<part>`. */
export type Place = { readonly path: readonly string[]; readonly kind: Kind };

/** How a project says what its apps are; `nothing`: not at all. */
export type Form = 'image' | 'apps' | 'charts' | 'manifests' | 'nothing';

/** Returns the form of a project: what its file says goes before its folders. The data may have any shape. */
export function formOf(raw: unknown, { charts, manifests }: Pick<ProjectContext, 'charts' | 'manifests'>): Form {
  if (hasKey(raw, [], 'apps')) return 'apps';
  if (hasKey(raw, [], 'image')) return 'image';
  if (charts.length > 0) return 'charts';
  return manifests ? 'manifests' : 'nothing';
}

/** Returns where apps are described; an app that says two things of itself is there twice. */
export function placesOf(raw: unknown, form: Form): readonly Place[] {
  if (form === 'image' || form === 'nothing') return [{ path: [], kind: 'image' }];
  if (form !== 'apps') return [{ path: [], kind: form === 'charts' ? 'chart' : 'manifests' }];
  return entriesOf(valueAt(raw, ['apps'])).flatMap(([part]) =>
    kinds.filter((kind) => hasKey(raw, ['apps', part], kind)).map((kind) => ({ path: ['apps', part], kind })),
  );
}

/** Finds what is wrong with how the project says what its apps are. */
export function wrongForm(raw: unknown, context: ProjectContext): Finding[] {
  switch (formOf(raw, context)) {
    case 'apps':
      return wrongApps(raw, context);
    case 'image':
      return strayKeys(raw, { path: [], kind: 'image' });
    case 'charts': {
      const { wrongs } = chartApps(context.charts, context.tenants);
      return [
        ...wrongs.map(({ message, mend }) => atValue([], message, mend)),
        ...strayKeys(raw, { path: [], kind: 'chart' }),
      ];
    }
    case 'manifests':
      return strayKeys(raw, { path: [], kind: 'manifests' });
    case 'nothing': {
      const folders = 'or put a chart into .cloud/charts/<name>/, or manifests into .cloud/manifests/';
      const mend = `add it, for example image: "registry.bar.com/foo:\${sha}"; ${folders}`;
      return [atValue(['image'], 'is missing', mend)];
    }
  }
}

function wrongApps(raw: unknown, context: ProjectContext): Finding[] {
  const given = valueAt(raw, ['apps']);
  const apps = entriesOf(given);
  const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
  const none = isMap && apps.length === 0;
  const first = shown(apps[0]?.[0] ?? 'api', 20);
  const beside = ['image', ...furtherKeys].filter((key) => hasKey(raw, [], key));
  return [
    ...(none ? [atKey(['apps'], 'names no app', 'name one, or leave the key out')] : []),
    ...(apps.length > maxApps ? [atKey(['apps'], `has ${apps.length} apps`, `${maxApps} are the most`)] : []),
    ...beside.map((key) =>
      atKey([key], 'stands beside apps', `move it into the app that it is of: apps: { ${first}: { ${key}: … } }`),
    ),
    ...manifestsTwice(apps),
    ...apps.flatMap(([part, app]) => wrongPart(raw, part, app, context)),
  ];
}

function manifestsTwice(apps: readonly (readonly [string, unknown])[]): Finding[] {
  const [first = '', ...others] = apps.filter(([, app]) => valueAt(app, ['manifests']) === true).map(([part]) => part);
  const mend = 'keep one of the two: there is one folder .cloud/manifests/';
  return others.map((part) => atValue(['apps', part, 'manifests'], `is the app ${shown(first)} already`, mend));
}

function wrongPart(raw: unknown, part: string, app: unknown, context: ProjectContext): Finding[] {
  const path = ['apps', part];
  const findings: Finding[] = [];
  if (context.tenants.includes(part))
    findings.push(atKey(path, 'is the name of a tenant', 'choose another name: hosts have both'));
  if (typeof app !== 'object' || app === null || Array.isArray(app)) return findings;
  const [kind, another] = kinds.filter((one) => Object.hasOwn(app, one));
  if (kind === undefined)
    findings.push(atKey(path, 'has no image, chart or manifests', 'add one of them, for example chart: api'));
  else if (another === undefined) findings.push(...strayKeys(raw, { path, kind }));
  else findings.push(atKey(path, `has ${kind} and ${another}`, 'keep one of the two'));
  return [...findings, ...absentFolder(app, path, context)];
}

/** A chart or manifests that there are not. */
function absentFolder(app: object, path: readonly string[], { charts, manifests }: ProjectContext): Finding[] {
  const [chart, given] = [valueAt(app, ['chart']), valueAt(app, ['manifests'])];
  const findings: Finding[] = [];
  if (typeof chart === 'string' && folderPattern.test(chart) && !charts.includes(chart)) {
    const near = nearest(chart, charts);
    const known = charts.length === 0 ? 'there is no chart' : `there are ${charts.map((one) => shown(one)).join(', ')}`;
    const mend = near === undefined ? known : `did you mean "${shown(near)}"?`;
    findings.push(atValue([...path, 'chart'], `there is no folder .cloud/charts/${shown(chart)}`, mend));
  }
  const here = [...path, 'manifests'];
  if (given === false) findings.push(atValue(here, 'is false', 'write true, or leave it out'));
  if (given === true && !manifests)
    findings.push(atValue(here, 'there is no folder .cloud/manifests', 'add it, or write image or chart'));
  return findings;
}

const words = {
  image: { name: 'an image', keys: 'it is for charts' },
  chart: { name: 'a chart', keys: 'a chart takes values, tag and service.name' },
  manifests: { name: 'manifests', keys: 'manifests take service.name' },
} as const;

/** Keys that belong to an app of another kind. */
function strayKeys(raw: unknown, { path, kind }: Place): Finding[] {
  const own: readonly string[] = takes[kind];
  const { name, keys } = words[kind];
  const byFolder = path.length === 0 && kind !== 'image';
  const mend = byFolder ? `remove it (${keys}), or add an image: then that is deployed` : `remove it: ${keys}`;
  const strays = furtherKeys.filter((key) => !own.includes(key) && hasKey(raw, path, key)).map((key) => [key]);
  if (kind !== 'image' && hasKey(raw, [...path, 'service'], 'port')) strays.push(['service', 'port']);
  return strays.map((stray) => atKey([...path, ...stray], `does not go with ${name}`, mend));
}
