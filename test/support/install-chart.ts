import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { helm } from './charts/cloud.ts';

/** Where install/ is. */
export const install = join(import.meta.dirname, '../../install');
const chart = join(install, 'chart');

/** An object that the chart renders; what is below is read where it is needed. */
export type Rendered = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
};

/** Values of the chart, as somebody writes them. */
export type Values = Readonly<Record<string, unknown>>;

/** Values that a stranger has to give, and no others. */
export const leastValues: Values = { image: 'registry.bar.com/avant:0.1.0', config: { domain: 'preview.bar.com' } };

type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Runs helm with the values after those of the files of install/; none is read from the environment. */
function run(words: readonly string[], values: Values, files: readonly string[]): Ran {
  const given = files.flatMap((file) => ['--values', join(install, file)]);
  const { status, stdout, stderr } = spawnSync(helm ?? '', [...words, ...given, '--values', '-'], { input: stringify(values), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' } });
  return { status, stdout, stderr };
}

/** Returns what the chart renders to. Throws with helm's words when it refuses the values. */
export function renderChart(values: Values, { namespace = 'avant', files = [] }: { readonly namespace?: string; readonly files?: readonly string[] } = {}): readonly Rendered[] {
  const { status, stdout, stderr } = run(['template', 'avant', chart, '--namespace', namespace, '--kube-version', '1.36.0'], values, files);
  if (status !== 0) throw new Error(stderr);
  return readObjects(stdout);
}

/** Returns the problems that `helm lint --strict` finds; '' where there are none. */
export function lintChart(values: Values, files: readonly string[]): string {
  const { status, stdout, stderr } = run(['lint', '--strict', chart], values, files);
  return status === 0 ? '' : `${stdout}${stderr}`;
}

/** Returns the objects of a stream of YAML documents. Throws for one that is no YAML. */
export function readObjects(text: string): readonly Rendered[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    return (document.toJS() as Rendered | null) ?? [];
  });
}

/** Returns the object of a kind and name; throws where there is none, or several. */
export function one(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const [found, ...others] = objects.filter((object) => object.kind === kind && object.metadata.name === name);
  if (!found || others.length > 0) throw new Error(`${kind}/${name} is there ${found ? others.length + 1 : 0} times`);
  return found;
}

/** Returns the chart's own values. */
export function defaultValues(): Values {
  return parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values;
}

/** Returns a file of the chart. */
export function chartFile(path: string): string {
  return readFileSync(join(chart, path), 'utf8');
}
