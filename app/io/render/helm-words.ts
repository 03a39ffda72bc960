import { shown } from '../../core/outside-text.ts';
import { fileOf, type Sources } from './read-objects.ts';

export type Told = { readonly folder: string; readonly sources: Sources; readonly throwAway: string };

const maxProblems = 20;
const longest = 500;

/**
 * Returns what helm's error output says, a problem each, with the files named from the repository's root and without the paths of the
 * throw-away folder.
 */
export function helmProblems(errors: string, told: Told): string[] {
  const text = (/^Error: ([\s\S]*)$/m.exec(errors)?.[1] ?? errors)
    .replaceAll(`${told.throwAway}/chart`, told.folder)
    .replaceAll(`${told.throwAway}/`, '')
    .replace(/\n+Use --debug flag to render out invalid YAML\s*$/, '')
    .trim();
  const problems = schemaProblems(text, told) ?? [problem(text, told)];
  return problems.slice(0, maxProblems).map((one) => cut(one));
}

type Form = readonly [pattern: RegExp, write: (groups: readonly string[], told: Told) => string];

/** How helm 4 says things (tried with 4.3.1), and how we do. */
const forms: readonly Form[] = [
  [/^(?:execution|parse) error at \((\S+?)\): ([\s\S]*)$/, ([at = '', what = ''], told) => `${placeOf(at, told)}: ${what}`],
  [/^(\S+:\d+:\d+)\n([\s\S]*)$/, ([at = '', trace = ''], told) => `${placeOf(at, told)}: ${traced(trace)}`],
  [/^template: (\S+?:\d+(?::\d+)?): ([\s\S]*)$/, ([at = '', what = ''], told) => `${placeOf(at, told)}: ${what}`],
  [/^YAML parse error on (\S+?): (?:error converting YAML to JSON: )?(?:yaml: )?([\s\S]*)$/, ([at = '', what = ''], told) => `${placeOf(at, told)}: what it renders to is not valid YAML: ${what}`],
  [/^cannot load (\S+?): ([\s\S]*)$/, ([file = '', what = ''], told) => `${told.folder}/${file}: ${what}`],
  [/^failed to parse chart\/(\S+?): ([\s\S]*)$/, ([file = '', what = ''], told) => `${told.folder}/${file}: ${what}`],
  [/^validation: (?:chart\.metadata\.)?([\s\S]*)$/, ([what = ''], told) => `${told.folder}/Chart.yaml ${what}`],
  [/^chart requires kubeVersion: ([\s\S]*)$/, ([what = ''], told) => `${told.folder}/Chart.yaml kubeVersion: is ${what}`],
];

/** helm ends such a thing after 1,000 rounds, and then tells of each. */
const endless = /^template: (\S+?:\d+(?::\d+)?): .*?at (<include [^>]*>): (?:[^>]*>: error calling include: ){100}/;

function problem(text: string, told: Told): string {
  const loop = endless.exec(text);
  if (loop) return `${placeOf(loop[1] ?? '', told)}: at ${loop[2] ?? ''}: the template includes itself without end`;
  for (const [pattern, write] of forms) {
    const groups = pattern.exec(text);
    if (groups) return write(groups.slice(1), told);
  }
  return `${told.folder}: ${text === '' ? 'helm fails and says nothing' : text}`;
}

/** helm names the chart, then a line for each value that does not fit. */
function schemaProblems(text: string, told: Told): string[] | undefined {
  const list = /^values don't meet the specifications of the schema\(s\) in the following chart\(s\):\n([\s\S]*)$/.exec(text)?.[1];
  if (list === undefined) return undefined;
  let file = `${told.folder}/values.schema.json`;
  const problems: string[] = [];
  for (const line of list.split('\n')) {
    const chart = /^([\w.-]+):$/.exec(line)?.[1];
    if (chart !== undefined) file = schemaOf(chart, told);
    else if (line.trim() !== '') problems.push(`${file}: the values do not fit: ${line.trim().replace(/^- /, '')}`);
  }
  return problems.length > 0 ? problems : undefined;
}

function schemaOf(chart: string, { folder, sources }: Told): string {
  const source = sources.find(({ name }) => name === chart || name.endsWith(`/${chart}`));
  return `${source?.path ?? folder}/values.schema.json`;
}

/** `api/templates/a.yaml:1:6`, from the repository's root. */
function placeOf(at: string, told: Told): string {
  return fileOf(at, told);
}

/** The innermost of what was being done, and what came of it. */
function traced(trace: string): string {
  const lines = trace.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const doing = lines.findLast((line) => line.startsWith('executing '))?.replace(/^executing "[^"]*" /, '').replace(/:$/, '');
  const cause = lines.filter((line) => !line.startsWith('executing ') && !/^\S+:\d+:\d+$/.test(line)).join(' ');
  return doing === undefined ? cause : `${doing}: ${cause}`;
}

/** One line; of a long one the beginning and the end, which has the cause. */
function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return shown(line.length <= longest ? line : `${line.slice(0, longest / 2)} … ${line.slice(-longest / 2)}`, longest + 5);
}
