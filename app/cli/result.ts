/** What one preview comes to. */
export type PreviewResult = {
  readonly tenant: string;
  readonly namespace: string;
  readonly links: readonly string[];
  readonly problems: readonly string[];
  /** What kept it from being told: not the branch's fault. */
  readonly unknown: readonly string[];
  /** What is left out, and what else is worth knowing. */
  readonly notes: readonly string[];
  readonly steps: readonly StepResult[];
};

/** `stage` says when an object's turn is, `why` what a step is for. */
export type StepResult = {
  readonly do: string;
  readonly object: string;
  readonly stage?: string;
  readonly why?: string;
};

/** What a command found. As JSON it is documented in docs/cli.md, and stays: keys may be added. */
export type Result = {
  /** Undefined where nothing could be decided. */
  readonly decision: { readonly verdict: string; readonly reason: string } | undefined;
  /** Why it is so, where the decision's words do not say. */
  readonly why: readonly string[];
  /** Of all previews together. */
  readonly problems: readonly string[];
  readonly unknown: readonly string[];
  readonly previews: readonly PreviewResult[];
  readonly removals: readonly { readonly namespace: string; readonly steps: readonly StepResult[] }[];
};

export const nothingFound: Result = {
  decision: undefined,
  why: [],
  problems: [],
  unknown: [],
  previews: [],
  removals: [],
};

/** Returns everything that kept something from being told, the same of several tenants once. */
export function unknownOf({ unknown, previews }: Result): readonly string[] {
  const tenants = new Map<string, string[]>();
  for (const preview of previews)
    for (const message of preview.unknown) tenants.set(message, [...(tenants.get(message) ?? []), preview.tenant]);
  return [
    ...unknown,
    ...[...tenants].map(([message, names]) =>
      names.every((name) => name === '') ? message : `${names.join(', ')}: ${message}`,
    ),
  ];
}

/** Returns a result as one JSON document. */
export function jsonOf({
  decision = null,
  ...rest
}: Omit<Result, 'decision'> & { readonly decision?: Result['decision'] | null }): string {
  return jsonText({ decision, ...rest });
}

/** Returns a value as one JSON document. What does not show, or shows as something else, is written as `\u…`. */
export function jsonText(value: object): string {
  const units = (c: string): string =>
    c
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  return JSON.stringify(value, null, 2).replaceAll(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, units);
}

/** Returns a result for people, a line each; nothing where nothing was found. */
export function linesOf({ decision, why, problems, unknown, previews, removals }: Result): readonly string[] {
  const nothing = problems.length + unknown.length + previews.length + removals.length === 0;
  return [
    ...why,
    ...problems.map((problem) => `✗ ${problem}`),
    ...previews.flatMap(linesOfPreview),
    ...removals.flatMap(({ namespace, steps }) => [`− ${namespace} goes`, ...steps.map(lineOfStep)]),
    ...(nothing && decision !== undefined ? ['nothing to do'] : []),
  ];
}

function linesOfPreview({
  tenant,
  namespace,
  links,
  problems,
  unknown,
  notes,
  steps,
}: PreviewResult): readonly string[] {
  const mark = problems.length > 0 ? '✗' : unknown.length > 0 ? '?' : '✓';
  const nothing = problems.length + unknown.length + steps.length === 0;
  return [
    `${mark} ${tenant === '' ? 'preview' : tenant} in ${namespace}: ${links.join(' ')}`,
    ...problems.map((problem) => `    ✗ ${problem}`),
    ...notes.map((note) => `    · ${note}`),
    ...steps.map(lineOfStep),
    ...(nothing ? ['    nothing to do'] : []),
  ];
}

function lineOfStep({ do: action, object, stage, why }: StepResult): string {
  return `    ${action} ${object}${stage === undefined ? '' : ` (${stage})`}${why === undefined ? '' : `: ${why}`}`;
}

/** Returns one line in which everything shows: control, zero-width and bidirectional characters and foreign spaces are written out. */
export function plain(line: string): string {
  return line.replaceAll(/(?! )[\p{C}\p{Z}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
