import {
  Composer,
  CST,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';
import { inOrder, shown, type Problem } from './problem.ts';

/** What one YAML file says, and where it says it. */
export type YamlFile = {
  readonly data: unknown;
  /** Returns where the path's key or value stands; where the path ends early, where its last known part does. */
  readonly positionOf: (path: readonly PropertyKey[], part: 'key' | 'value') => Position;
  /** Returns a scalar as it is written (`0777`, `1e3`), without the quotes; undefined where the path has no scalar. */
  readonly sourceOf: (path: readonly PropertyKey[]) => string | undefined;
};

export type Position = { readonly line: number; readonly column: number };

type Wrong = { readonly offset: number; readonly message: string; readonly mend: string };

/** A configuration is a page or two; what is larger costs time and memory before it can be refused. */
const maxBytes = 64 * 1024;

/**
 * The deepest key of ours is five maps down; charts' values may go deeper. The library's composer recurses, and has
 * overflowed the stack (CVE-2026-33532).
 */
const maxDepth = 24;

/** Each word, bracket, indentation and line break is one or two: bounds the time that a file can cost to some 50 ms. */
const maxLexemes = 20_000;

/** uniqueKeys compares every pair of keys; wrongKeys does it in one pass. */
const composerOptions = {
  version: '1.2',
  schema: 'core',
  stringKeys: true,
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** What each refused kind of token is, and what to write instead. */
const refusedTokens: Partial<Record<CST.TokenType, readonly [message: string, mend: string]>> = {
  tag: ['YAML tags (!…) are not read', 'remove the tag; write text that begins with "!" in quotes'],
  anchor: ['YAML anchors (&…) are not read', 'write the value out; write text that begins with "&" in quotes'],
  alias: ['YAML aliases (*…) are not read', 'write the value out; write text that begins with "*" in quotes'],
  'directive-line': ['YAML directives (%…) are not read', 'remove the line'],
};

/** Keys that mean something to JavaScript's objects. */
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Returns the data of a YAML 1.2 text (core schema, one document, no tags, anchors, aliases or directives, keys once
 * and text), or every problem found. Never throws, whatever the text: size, depth and tokens are checked before the
 * library composes anything.
 */
export function readYaml(
  text: string,
  file: string,
): { readonly ok: true; readonly yaml: YamlFile } | { readonly ok: false; readonly problems: Problem[] } {
  if (Buffer.byteLength(text) > maxBytes) {
    const message = `is larger than ${maxBytes / 1024} KiB`;
    const mend = 'keep only the configuration in this file';
    return { ok: false, problems: [{ file, line: 1, column: 1, field: '', message, mend }] };
  }
  const normal = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  const lines = linesOf(normal);
  const composed = compose(normal, lines);
  if (!Array.isArray(composed)) return { ok: true, yaml: fileOf(composed, lines) };
  const kept = composed.slice(0, 1000).map(({ offset, message, mend }) => {
    return { file, ...positionIn(lines, offset), field: '', message, mend };
  });
  return { ok: false, problems: inOrder(kept, composed.length - kept.length) };
}

function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return lines;
}

/** Returns the document, or what is wrong. */
function compose(text: string, lines: LineCounter): Document.Parsed | Wrong[] {
  // NUL and other control characters, and what decoding leaves of UTF-16 or Latin-1.
  const unreadable = text.search(/[\u0000-\u0008\u000B-\u001F\u007F\uFFFD\uFFFE\uFFFF]|\p{Surrogate}/u);
  if (unreadable >= 0) {
    const mend = 'save the file as UTF-8, without control characters';
    return [{ offset: unreadable, message: 'has a character that is not text', mend }];
  }
  try {
    const { tokens, wrongs } = tokenize(text);
    if (wrongs.length > 0) return wrongs;
    const documents = new Composer(composerOptions).compose(tokens, true, text.length);
    const [document, second] = [documents.next().value, documents.next().value];
    if (!document) return [{ offset: 0, message: 'is not valid YAML', mend: 'write key: value lines' }];
    wrongs.push(...wrongSyntax([...document.errors, ...document.warnings], text, lines));
    if (second) {
      const mend = 'keep one document: remove the line ---';
      wrongs.push({ offset: second.range[0], message: 'a second document begins here', mend });
    }
    if (wrongs.length === 0) wrongs.push(...wrongKeys(document, lines));
    return wrongs.length === 0 ? document : wrongs;
  } catch (thrown) {
    return [{ offset: 0, message: `is not valid YAML: ${shown(String(thrown), 160)}`, mend: 'write it more simply' }];
  }
}

/**
 * Lexes and parses, which the library does without recursion; stops where the nesting gets too deep, or the text too
 * long.
 */
function tokenize(text: string): { readonly tokens: CST.Token[]; readonly wrongs: Wrong[] } {
  const parser = new Parser();
  const [tokens, wrongs]: [CST.Token[], Wrong[]] = [[], []];
  let [scalarNext, lexemes] = [false, 0];
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    const refused = scalarNext ? undefined : refusedTokens[CST.tokenType(lexeme) ?? 'scalar'];
    if (refused) wrongs.push({ offset, message: refused[0], mend: refused[1] });
    scalarNext = lexeme === CST.SCALAR;
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > maxDepth) {
      const mend = 'write it flatter';
      return { tokens, wrongs: [...wrongs, { offset, message: `is nested more than ${maxDepth} levels deep`, mend }] };
    }
    if (++lexemes > maxLexemes) {
      const mend = 'keep only the configuration in this file';
      return { tokens, wrongs: [...wrongs, { offset, message: 'has more in it than any configuration', mend }] };
    }
  }
  tokens.push(...parser.end());
  return { tokens, wrongs };
}

/** One mistake often makes several errors: the first of each line is told. */
function wrongSyntax(errors: readonly YAMLError[], text: string, lines: LineCounter): Wrong[] {
  const seen = new Set<number>();
  return errors.flatMap((error) => {
    const offset = error.pos[0];
    const { line, column } = positionIn(lines, offset);
    if (seen.has(line)) return [];
    seen.add(line);
    const start = offset - column + 1;
    const written = text.slice(start, start + 1000).split('\n', 1)[0] ?? '';
    const message = `is not valid YAML: ${shown(error.message, 160)}`;
    return [{ offset, message, mend: mendOfSyntax(error, written) }];
  });
}

function mendOfSyntax(error: YAMLError, line: string): string {
  if (error.code === 'TAB_AS_INDENT' || /^ *\t/.test(line)) return 'indent with spaces, not tabs';
  if (line.includes('${')) return 'write a value with ${…} in quotes: "${tenant}"';
  if (error.code === 'BAD_DQ_ESCAPE') return 'write \\\\ for a backslash, or use single quotes';
  if (error.code === 'NON_STRING_KEY') return 'write plain text before the colon';
  return 'look at the indentation, the quotes and the brackets here';
}

/** Finds keys that are given twice, and keys that this program will not have in its objects. */
function wrongKeys(document: Document.Parsed, lines: LineCounter): Wrong[] {
  const wrongs: Wrong[] = [];
  visit(document, {
    Map(_, map) {
      const first = new Map<string, number>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const [name, offset] = [String(key.value), key.range?.[0] ?? 0];
        const earlier = first.get(name);
        if (earlier !== undefined) {
          const message = `the key ${shown(name)} is here twice (first on line ${positionIn(lines, earlier).line})`;
          wrongs.push({ offset, message, mend: 'keep one of the two' });
        } else if (refusedKeys.has(name)) {
          wrongs.push({ offset, message: `${name} cannot be a key`, mend: 'choose another name' });
        } else first.set(name, offset);
      }
    },
  });
  return wrongs;
}

function fileOf(document: Document.Parsed, lines: LineCounter): YamlFile {
  return {
    data: document.toJS({ maxAliasCount: 0 }),
    positionOf: (path, part) => positionIn(lines, offsetOf(document, path, part)),
    sourceOf(path) {
      const node = document.getIn(path, true);
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const wantsKey = part === 'key' && index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!pair) return offset;
      const [key, value] = [startOf(pair.key), startOf(pair.value)];
      // A value that is not written has no place of its own.
      const empty = isScalar(pair.value) && pair.value.value === null && pair.value.source === '';
      offset = (wantsKey || empty ? key : (value ?? key)) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
}

function positionIn(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
