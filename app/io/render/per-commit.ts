import { randomInt } from 'node:crypto';
import type { Json } from '../../core/object.ts';
import { plainScalar } from './scalar.ts';

/** Shorter ones would be found where they are not meant. */
const shortest = 6;

/**
 * Returns what stands in the place of each text, twice: as long, read as text by YAML, and each character another than in the text and in
 * the other stand-in. It is of the same kind, but the second's first is a digit for a letter and a letter for a digit: charts ask whether a
 * name starts with a letter. Where one text is part of another (a commit and its short form) so are their stand-ins. Undefined where
 * there are no texts, where they are too short to be told from others, or where YAML could read one of them as a number.
 */
export function standInsFor(texts: readonly string[]): readonly [readonly string[], readonly string[]] | undefined {
  if (texts.length === 0 || texts.some((text) => text.length < shortest || !readsAsText(text))) return undefined;
  const first = unlike(texts, [], 0);
  // All digits behind a letter would be a number: there every digit is turned into a letter.
  const second = first && (unlike(texts, first, 1) ?? unlike(texts, first, Infinity));
  return first && second && [first, second];
}

/** Whether YAML reads it as text where it is written without quotes: about one short commit in 25 is a number. */
export function readsAsText(text: string): boolean {
  try {
    return typeof plainScalar(text) === 'string';
  } catch {
    return false;
  }
}

function byLength(texts: readonly string[]): readonly string[] {
  return texts.toSorted((a, b) => b.length - a.length);
}

/** `turned`: how many characters from the start become letters for digits, and digits for letters. */
function unlike(texts: readonly string[], others: readonly string[], turned: number): readonly string[] | undefined {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const made = new Map<string, string>();
    for (const text of byLength(texts)) {
      const [whole, standIn] = [...made].find(([one]) => one.includes(text)) ?? [];
      const at = whole?.indexOf(text) ?? 0;
      made.set(text, standIn?.slice(at, at + text.length) ?? unlikeText(text, others[texts.indexOf(text)] ?? '', turned));
    }
    const standIns = texts.map((text) => made.get(text) ?? text);
    if (standIns.every(readsAsText) && standIns.every((standIn, index) => standIn !== texts[index])) return standIns;
  }
  return undefined;
}

const [digits, small, capital] = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const hexadecimal = /^[0-9a-f]+$/;

function unlikeText(text: string, other: string, turned: number): string {
  // Without the e, which makes numbers of digits.
  const letters = hexadecimal.test(text) ? 'abcdf' : small;
  return text.replaceAll(/[0-9A-Za-z]/g, (character, at: number) => {
    const isDigit = digits.includes(character);
    const kind = isDigit === (at < turned) ? (capital.includes(character) ? capital : letters) : digits;
    const choices = Array.from(kind).filter((one) => one !== character && one !== other[at]);
    return choices[randomInt(choices.length)] ?? character;
  });
}

const mark = '\u0001';

function marksFor(texts: readonly string[]): readonly Replacement[] {
  return texts.map((text, index) => [text, `${mark}${index}${mark}`]);
}

/**
 * Returns the value with marks wherever the texts are in it, to be filled in by `fillIn`. Undefined where a text has further digits or
 * letters of its kind before or behind it, so that it may be the start of a longer one that is cut, or where the value has such marks.
 */
export function patternOf(value: Json, texts: readonly string[]): Json | undefined {
  const marks = new Map(marksFor(texts));
  const pattern = patternFor(texts);
  const seen = { unclear: false };
  const marked = mapTexts(value, (text) => {
    seen.unclear ||= text.includes(mark);
    return text.replaceAll(pattern, (found, at: number) => {
      const more = hexadecimal.test(found) ? /[0-9A-Fa-f]/ : /[0-9A-Za-z]/;
      seen.unclear ||= more.test(text.charAt(at - 1)) || more.test(text.charAt(at + found.length));
      return marks.get(found) ?? found;
    });
  });
  return seen.unclear ? undefined : marked;
}

/** Returns the pattern with texts in the place of those that it was made with, in their order. */
export function fillIn(pattern: Json, texts: readonly string[]): Json {
  return replaceTexts(pattern, marksFor(texts).map(([text, one]) => [one, text]));
}

/** Returns the value with marks in the place of the texts, whatever is beside them: equal for any commit. */
export function withMarks(value: Json, texts: readonly string[]): Json {
  return replaceTexts(value, marksFor(texts));
}

export type Replacement = readonly [from: string, to: string];

/** Returns the value with texts replaced wherever they are in its texts and keys, the longest first, in one pass. */
export function replaceTexts(value: Json, replacements: readonly Replacement[]): Json {
  const to = new Map(replacements);
  if (to.size === 0) return value;
  const pattern = patternFor([...to.keys()]);
  return mapTexts(value, (text) => text.replaceAll(pattern, (found) => to.get(found) ?? found));
}

function patternFor(texts: readonly string[]): RegExp {
  return new RegExp(byLength(texts).map((text) => text.replaceAll(/[^A-Za-z0-9]/g, '\\$&')).join('|'), 'g');
}

function mapTexts(value: Json | undefined, map: (text: string) => string): Json {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => mapTexts(one, map));
  return Object.fromEntries(Object.entries(value as Readonly<Record<string, Json | undefined>>).map(([key, part]) => [map(key), mapTexts(part, map)]));
}
