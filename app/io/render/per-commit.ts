import { randomInt } from 'node:crypto';
import type { Json } from '../../core/object.ts';
import { plainScalar } from './scalar.ts';

/** A text of one commit, and what stands in its place. */
export type StandIn = { readonly text: string; readonly standIn: string };

/** Shorter ones would be found where they are not meant. */
const shortest = 6;

/**
 * Returns a stand-in for each text: as long, of the same kinds of characters, and read as text by YAML; where one text is part of
 * another (a commit and its short form) so are their stand-ins. Undefined where texts are too short to be told from others, or
 * where YAML could read one of them as a number.
 */
export function standInsFor(texts: readonly string[]): readonly StandIn[] | undefined {
  if (texts.some((text) => text.length < shortest || !readsAsText(text))) return undefined;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const made: StandIn[] = [];
    for (const text of byLength(texts)) {
      const whole = made.find((one) => one.text.includes(text));
      const at = whole?.text.indexOf(text) ?? 0;
      made.push({ text, standIn: whole ? whole.standIn.slice(at, at + text.length) : similar(text) });
    }
    if (made.every(({ text, standIn }) => text !== standIn && readsAsText(standIn))) return texts.map((text) => made.find((one) => one.text === text) ?? { text, standIn: text });
  }
  return undefined;
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

function similar(text: string): string {
  const letters = /^[0-9a-f]+$/.test(text) ? 'abcdf' : 'abcdefghijklmnopqrstuvwxyz';
  return text.replaceAll(/[a-z]/g, () => letters.charAt(randomInt(letters.length))).replaceAll(/[0-9]/g, (_, at: number) => (at === 0 ? letters.charAt(randomInt(letters.length)) : String(randomInt(10))));
}

export type Replacement = readonly [from: string, to: string];

/** Returns the value with texts replaced wherever they are in its texts and keys, the longest first, in one pass. */
export function replaceTexts(value: Json, replacements: readonly Replacement[]): Json {
  const to = new Map(replacements);
  if (to.size === 0) return value;
  const pattern = new RegExp(byLength([...to.keys()]).map((text) => text.replaceAll(/[^A-Za-z0-9]/g, '\\$&')).join('|'), 'g');
  const replace = (text: string): string => text.replaceAll(pattern, (found) => to.get(found) ?? found);
  const walk = (one: Json | undefined): Json => {
    if (typeof one === 'string') return replace(one);
    if (typeof one !== 'object' || one === null) return one ?? null;
    if (Array.isArray(one)) return (one as readonly Json[]).map(walk);
    return Object.fromEntries(Object.entries(one as Readonly<Record<string, Json | undefined>>).map(([key, part]) => [replace(key), walk(part)]));
  };
  return walk(value);
}
