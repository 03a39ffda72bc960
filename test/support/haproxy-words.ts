/**
 * Returns the words of one line of HAProxy's configuration, as its parser reads them: section 2.2 of the manual of 2.6, and
 * src/cfgparse.c. Throws for what is left open, and for an environment variable: its value would be anything.
 */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (quote === undefined && (character === ' ' || character === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === undefined && character === '#') break;
    else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === '$' && quote === '"') throw new Error(`an environment variable: ${line}`);
    else if (character === '\\' && quote !== "'") {
      const { text, length } = escaped(line.slice(at + 1), quote);
      word = (word ?? '') + text;
      at += length;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) throw new Error(`an open quote: ${line}`);
  return word === undefined ? words : [...words, word];
}

function escaped(rest: string, quote: '"' | "'" | undefined): { readonly text: string; readonly length: number } {
  const hex = /^x([0-9a-fA-F]{2})/.exec(rest);
  if (hex) return { text: String.fromCharCode(parseInt(hex[1] ?? '', 16)), length: 3 };
  const next = rest[0] ?? '';
  if (next === '') throw new Error('a line that ends with \\');
  const lines: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  const plain = quote === '"' ? '"\\$' : ' #"\'\\$';
  if (plain.includes(next)) return { text: next, length: 1 };
  const control = lines[next];
  return control === undefined ? { text: '\\', length: 0 } : { text: control, length: 1 };
}

/** Returns the text of a log format that fetches nothing. Throws for one that does. */
export function plainFormat(format: string): string {
  const text = format.replaceAll('%%', '\0');
  if (text.includes('%')) throw new Error(`fetches something: ${format}`);
  return text.replaceAll('\0', '%');
}

/**
 * Returns the lines that jcmoraisjr's controller (v0.16.1) puts into a backend for a snippet, with the names that it fills in
 * (pkg/utils PatternLineToSlice); none where it drops it (generateBackendSnippet in pkg/converters/ingress/annotations/backend.go).
 */
export function snippetLines(snippet: string): readonly string[] {
  const filled: readonly (readonly [string, string])[] = [
    ['%[service]', 'web if TRUE'],
    ['%[namespace]', '%[src]'],
    ['%[peers_group_backend]', '"'],
    ['%[peers_table_backend]', '\n'],
  ];
  const lines = snippet === '' ? [] : snippet.replace(/\n+$/, '').split('\n');
  const isCredentials = (token: string): boolean => /secrets\/kubernetes\.io\/serviceaccount/.test(cleaned(token));
  if (lines.some((line) => line.split(/\s+/).some(isCredentials))) return [];
  return lines.map((line) => filled.reduce((text, [pattern, value]) => text.replaceAll(pattern, value), line));
}

/** Go's path.Clean, as far as it matters. */
function cleaned(token: string): string {
  const parts: string[] = [];
  for (const part of token.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
