/**
 * Functions of templates whose result is another each time: sprig's (https://masterminds.github.io/sprig/) random texts, keys and
 * certificates, those that read the clock (`date` and its like do for what is no date), and those that list a map in no order.
 */
const functions = [
  'randAlphaNum', 'randAlpha', 'randNumeric', 'randAscii', 'randBytes', 'randInt', 'shuffle', 'uuidv4',
  'genPrivateKey', 'genCA', 'genCAWithKey', 'genSelfSignedCert', 'genSelfSignedCertWithKey', 'genSignedCert', 'genSignedCertWithKey',
  'htpasswd', 'bcrypt', 'encryptAES',
  'now', 'ago', 'durationRound', 'date', 'dateInZone', 'date_in_zone', 'htmlDate', 'htmlDateInZone',
  'keys', 'values',
];

const action = /\{\{[\s\S]*?\}\}/g;
const comment = /^\{\{-?\s*\/\*/;
const called = new RegExp(`[\\s({|=-](?:${functions.join('|')})(?=[\\s)}|]|$)`);

/** Whether a template's text calls a function whose result is another each time. Says yes rather too often. */
export function usesChance(text: string): boolean {
  if (!text.includes('{{')) return false;
  return Array.from(text.matchAll(action), ([found]) => found).some((found) => !comment.test(found) && called.test(found));
}
