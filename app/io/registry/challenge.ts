/** How a registry wants to be asked, from its `WWW-Authenticate`. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined; readonly scope: string | undefined };

/** Longer than any honest one. */
const maxHeader = 4096;

/**
 * Returns the first challenge of a header (RFC 9110, 11.6.1; several may follow one another) that can be met, a token before a
 * password; undefined where there is none. Never throws.
 */
export function readChallenge(header: string): Challenge | undefined {
  if (header.length > maxHeader) return undefined;
  let found: Challenge | undefined;
  for (const { scheme, parameters } of challenges(header)) {
    const realm = parameters.get('realm');
    if (scheme === 'bearer' && realm !== undefined) {
      return { scheme, realm, service: parameters.get('service'), scope: parameters.get('scope') };
    }
    if (scheme === 'basic') found = { scheme };
  }
  return found;
}

/** A parameter (`name="value"`, `name=value`), the word of a scheme, or a comma; nothing else is in such a header. */
const token = /\s*(?:([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+)|,)\s*/y;

function challenges(header: string): readonly { readonly scheme: string; readonly parameters: Map<string, string> }[] {
  const all: { scheme: string; parameters: Map<string, string> }[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(header); match; match = token.exec(header)) {
    const [, name, quoted, bare, scheme] = match;
    if (scheme !== undefined) all.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined) all.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
  }
  return all;
}
