export type WantedTenants = {
  /** All of them (the label itself), some of them in the given order, or no preview asked for. */
  readonly wanted: 'all' | readonly string[] | 'none';
  /** Labels that ask for what is no tenant, as they are written. */
  readonly unknown: readonly string[];
  /** Labels that look like ours and ask for nothing, as they are written, each with the one that it looks like. */
  readonly lookalikes: readonly { readonly label: string; readonly meant: string }[];
};

/** Says whether two names are the same label: GitHub does not tell A to Z from a to z. */
export function sameLabel(a: string, b: string): boolean {
  return lowerCase(a) === lowerCase(b);
}

/** Says whether a label is `prefix`, or begins with it and a slash; compared as GitHub does. Also one of a tenant that there is not. */
export function isOurLabel(label: string, prefix: string): boolean {
  const [lower, ours] = [lowerCase(label), lowerCase(prefix)];
  return lower === ours || lower.startsWith(`${ours}/`);
}

/**
 * Returns what a pull request's labels ask for: `prefix` (`cd/preview`) all tenants, `prefix/fr` one, several their
 * union. They are compared without case, as GitHub does; nothing else than the very label asks for anything.
 */
export function wantedTenants(labels: readonly string[], prefix: string, tenants: readonly string[]): WantedTenants {
  const ours = lowerCase(prefix);
  const wanted = new Set<string>();
  const unknown: string[] = [];
  const lookalikes: { label: string; meant: string }[] = [];
  const names = [prefix, ...tenants.map((name) => `${prefix}/${name}`)];
  let all = false;
  for (const label of labels) {
    const lower = lowerCase(label);
    const tenant = lower.startsWith(`${ours}/`)
      ? tenants.find((name) => lower === `${ours}/${lowerCase(name)}`)
      : undefined;
    if (lower === ours) all = true;
    else if (tenant !== undefined) wanted.add(tenant);
    else {
      const meant = alike(label, names) ?? (oneEditApart(lower, ours) && !isOurLabel(label, prefix) ? prefix : undefined);
      if (meant !== undefined) lookalikes.push({ label, meant });
      else if (isOurLabel(label, prefix)) unknown.push(label);
    }
  }
  const some = tenants.filter((name) => wanted.has(name));
  return { wanted: all ? 'all' : some.length > 0 ? some : 'none', unknown, lookalikes };
}

/**
 * Cyrillic and Greek letters, and two Latin ones, that look like a to z (from https://unicode.org/Public/security/,
 * confusables).
 */
const confusable: Readonly<Record<string, string>> = {
  '\u0430': 'a',
  '\u0441': 'c',
  '\u0501': 'd',
  '\u0435': 'e',
  '\u04bb': 'h',
  '\u0456': 'i',
  '\u0458': 'j',
  '\u04cf': 'l',
  '\u043e': 'o',
  '\u0440': 'p',
  '\u051b': 'q',
  '\u0455': 's',
  '\u051d': 'w',
  '\u0445': 'x',
  '\u0443': 'y',
  '\u0475': 'v',
  '\u03b1': 'a',
  '\u03b5': 'e',
  '\u03b9': 'i',
  '\u043a': 'k',
  '\u03bd': 'v',
  '\u03bf': 'o',
  '\u03c1': 'p',
  '\u03c4': 't',
  '\u03c5': 'u',
  '\u03c2': 'c',
  '\u0131': 'i',
  '\u0261': 'g',
};

/** Returns the name that a label looks like. */
function alike(label: string, names: readonly string[]): string | undefined {
  const seen = skeleton(label);
  return seen === '' ? undefined : names.find((name) => skeleton(name) === seen);
}

/**
 * What is left of a label for the eye: compatibility forms, accents, what does not show and every separator taken away.
 */
function skeleton(text: string): string {
  const plain = text.normalize('NFKD').toLowerCase();
  return Array.from(plain, (c) => confusable[c] ?? c)
    .join('')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** One character more, less or different; not for words so short that other words are that near. */
function oneEditApart(a: string, b: string): boolean {
  if (b.length < 6 || Math.abs(a.length - b.length) > 1) return false;
  const least = Math.min(a.length, b.length);
  let start = 0;
  while (start < least && a[start] === b[start]) start++;
  let end = 0;
  while (end < least - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return Math.max(a.length, b.length) - start - end <= 1;
}

/** ASCII only: `toLowerCase` makes a plain k of the Kelvin sign. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
