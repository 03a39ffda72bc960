import { createHash, randomInt } from 'node:crypto';

/** The letters of generated names: no vowels and nothing that looks like another, as k8s.io/apimachinery has it. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Returns that many random letters. */
export function randomSuffix(length: number): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)] ?? '').join('');
}

/** Returns ten letters that stand for the text: the same for the same text. */
export function hashLetters(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  return [...digest.subarray(0, 10)].map((byte) => letters[byte % letters.length] ?? '').join('');
}
