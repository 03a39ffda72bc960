/** The names a template may use. */
export const templateNames = ['app', 'pr', 'tenant', 'sha', 'shortSha', 'branch', 'host'] as const;

export type TemplateName = (typeof templateNames)[number];

/** `$${` is a plain `${`; then `${name}`; then a `${` that nothing closes. */
const piece = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;

/**
 * Returns the template with every `${name}` replaced by its value and every `$${` by `${`, in one pass: a value that
 * looks like a template stays as it is. Throws on any other `${…}`: see `unknownIn`.
 */
export function substitute(template: string, values: Readonly<Record<TemplateName, string>>): string {
  return template.replaceAll(piece, (whole, name: string | undefined) => {
    if (whole === '$${') return '${';
    if (name === undefined || !isTemplateName(name)) throw new TypeError(`cannot substitute ${whole}`);
    return values[name];
  });
}

/** Returns what `substitute` would throw on: every `${…}` that is no known name, and a `${` that is not closed. */
export function unknownIn(template: string): string[] {
  const wrong = Array.from(template.matchAll(piece)).filter(
    ([whole, name]) => whole !== '$${' && !(name !== undefined && isTemplateName(name)),
  );
  return [...new Set(wrong.map(([whole]) => whole))];
}

function isTemplateName(text: string): text is TemplateName {
  return (templateNames as readonly string[]).includes(text);
}
