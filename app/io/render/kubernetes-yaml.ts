import { Composer, CST, isAlias, isScalar, isSeq, Lexer, Parser, type Alias, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import type { YamlLimits } from './limits.ts';
import { plainScalar, Unreadable } from './scalar.ts';

/** What is wrong with a YAML text, for its author. */
export class BadYaml extends Error {
  override readonly name = 'BadYaml';
  /** Counted from 1. */
  readonly line: number;
  readonly mend: string;
  /** The budget is spent: nothing more can be read with it. */
  readonly spent: boolean;
  constructor(message: string, line: number, mend: string, spent = false) {
    super(message);
    this.line = line;
    this.mend = mend;
    this.spent = spent;
  }
}

/** What is left of the limits; one object may be shared by several texts, and goes down. */
export type YamlBudget = { documents: number; nodes: number; aliases: number; lexemes: number; readonly depth: number };

/** Returns a budget with everything left. */
export function budgetOf(limits: YamlLimits): YamlBudget {
  // Each node is a few words, brackets, indentations and line breaks.
  return { documents: limits.documents, nodes: limits.nodes, aliases: limits.aliases, lexemes: limits.nodes * 10, depth: limits.depth };
}

/** `strict: false`: a bracket that closes no further in than its key is read, as Go does. */
const composerOptions = { version: '1.1', schema: 'failsafe', strict: false, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;

/** Tags that say what a scalar would be without them, or that it is text. */
const textTags = ['tag:yaml.org,2002:str', '!'];
const scalarTags = ['int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`);

/**
 * Returns the value of each document of a YAML text as Kubernetes reads it (see `plainScalar`); empty documents are left out. Keys
 * become text. Throws a BadYaml for what is no YAML, for a key that is there twice, and for more than the budget has.
 */
export function readDocuments(text: string, budget: YamlBudget): Json[] {
  const documents: Json[] = [];
  for (const document of new Composer(composerOptions).compose(tokensOf(text, budget), false, text.length)) {
    const [error] = document.errors;
    if (error) throw notYaml(text, lineAt(text, error.pos[0]), error.message);
    const value = valueOf(document.contents, { text, budget, anchors: new Map(), open: new Set() }, 0);
    if (value !== null) documents.push(value);
  }
  return documents;
}

/** Lexes and parses, which the library does without recursion; stops where the nesting gets too deep, or the text too long. */
function tokensOf(text: string, budget: YamlBudget): CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let [aliases, scalarNext] = [budget.aliases, false];
  const take = (token: CST.Token): void => {
    if (token.type === 'document' && --budget.documents < 0) throw tooMany('documents', lineAt(text, token.offset));
    tokens.push(token);
  };
  for (const lexeme of new Lexer().lex(text)) {
    if (!scalarNext && lexeme.startsWith('*') && --aliases < 0) throw tooMany('aliases (*…)', lineAt(text, parser.offset));
    scalarNext = lexeme === CST.SCALAR;
    for (const token of parser.next(lexeme)) take(token);
    if (parser.stack.length > budget.depth + 2) throw tooDeep(lineAt(text, parser.offset), budget.depth);
    if (--budget.lexemes < 0) throw tooMany('words', lineAt(text, parser.offset));
  }
  for (const token of parser.end()) take(token);
  return tokens;
}

function notYaml(text: string, line: number, message: string): BadYaml {
  const template = text.split('\n')[line - 1]?.includes('${') === true;
  return new BadYaml(`is not valid YAML: ${shown(message, 160)}`, line, template ? 'write a text with ${…} in quotes' : 'look at the indentation, the quotes and the brackets here');
}

function tooDeep(line: number, depth: number): BadYaml {
  return new BadYaml(`is nested more than ${depth} levels deep`, line, 'no object of Kubernetes is');
}

function tooMany(what: string, line: number): BadYaml {
  return new BadYaml(`has too many ${what}`, line, 'keep it to what one preview needs', true);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** One document being read: its anchors so far, and which of them are being written out. */
type Reading = {
  readonly text: string;
  readonly budget: YamlBudget;
  readonly anchors: Map<string, Node>;
  readonly open: Set<Node>;
};

function valueOf(node: Node | null, reading: Reading, depth: number): Json {
  const { budget } = reading;
  if (node === null) return null;
  if (depth > budget.depth) throw tooDeep(lineOf(node, reading), budget.depth);
  if (--budget.nodes < 0) throw tooMany('values', lineOf(node, reading));
  if (isAlias(node)) return aliasValue(node, reading, depth);
  // While an alias is written out, what is inside it has had its turn.
  if (node.anchor !== undefined && reading.open.size === 0) reading.anchors.set(node.anchor, node);
  if (isScalar(node)) return scalarValue(node, reading);
  const tag = `tag:yaml.org,2002:${isSeq(node) ? 'seq' : 'map'}`;
  if (node.tag !== undefined && node.tag !== tag) throw bad(`the tag ${shown(node.tag)} is not read`, node, reading, 'remove it');
  return isSeq(node) ? node.items.map((item) => valueOf(item as Node | null, reading, depth + 1)) : mapValue(node, reading, depth);
}

function aliasValue(node: Alias, reading: Reading, depth: number): Json {
  const { anchors, open, budget } = reading;
  const target = anchors.get(node.source);
  const name = shown(node.source);
  if (!target) throw bad(`*${name} has no &${name} before it`, node, reading, 'write the value out');
  if (open.has(target)) throw bad(`&${name} contains itself`, node, reading, 'write the value out');
  if (--budget.aliases < 0) throw tooMany('aliases (*…)', lineOf(node, reading));
  open.add(target);
  const value = valueOf(target, reading, depth);
  open.delete(target);
  return value;
}

function scalarValue(node: Scalar, reading: Reading): Json {
  const { tag } = node;
  const text = String(node.value);
  if (tag !== undefined && !textTags.includes(tag) && !scalarTags.includes(tag)) throw bad(`the tag ${shown(tag)} is not read`, node, reading, 'remove it');
  if (tag === undefined ? node.type !== 'PLAIN' : textTags.includes(tag)) return text;
  try {
    return plainScalar(text);
  } catch (thrown) {
    if (thrown instanceof Unreadable) throw bad(shown(thrown.message, 120), node, reading, 'write it in quotes');
    throw thrown;
  }
}

function mapValue(node: YAMLMap, reading: Reading, depth: number): Json {
  const map: Record<string, Json> = {};
  const own = new Set<string>();
  for (const pair of node.items) {
    const [key, value] = [pair.key as Node | null, pair.value as Node | null];
    if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') {
      merge(map, value, reading, depth);
      continue;
    }
    const name = keyOf(key, reading, depth);
    if (own.has(name)) throw bad(`the key ${shown(name)} is here twice`, key ?? node, reading, 'keep one of the two');
    own.add(name);
    map[name] = valueOf(value, reading, depth + 1);
  }
  return map;
}

function keyOf(key: Node | null, reading: Reading, depth: number): string {
  const value = valueOf(key, reading, depth + 1);
  if (value === null || typeof value === 'object') throw bad('has a key that is not text', key, reading, 'write plain text before the colon');
  if (value === '__proto__') throw bad('__proto__ cannot be a key', key, reading, 'choose another name');
  return String(value);
}

/** As go-yaml v2 does it: what is merged later wins; of a list, the first. */
function merge(map: Record<string, Json>, node: Node | null, reading: Reading, depth: number): void {
  const merged = valueOf(node, reading, depth + 1);
  const list: readonly Json[] = Array.isArray(merged) ? merged.toReversed() : [merged];
  for (const one of list) {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) throw bad('<< merges something that is no map', node, reading, 'merge maps only');
    Object.assign(map, one);
  }
}

function bad(message: string, node: Node | null, reading: Reading, mend: string): BadYaml {
  return new BadYaml(message, lineOf(node, reading), mend);
}

function lineOf(node: Node | null, { text }: Reading): number {
  return lineAt(text, node?.range?.[0] ?? 0);
}
