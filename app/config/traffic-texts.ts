import type { Wrong } from './shape.ts';

/** Longest value of a header. */
export const maxHeaderValue = 512;

/**
 * Of the tokens that HTTP takes as names (RFC 9110, section 5.6.2) those that a proxy's configuration reads as one plain word: no
 * quotes, `#`, `%`, `$` or `*`.
 */
export const headerPattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** RFC 3986's unreserved characters, and `/`. */
export const rewritePattern = /^\/[A-Za-z0-9._~/-]{0,255}$/;

/** Of one connection, not of a request: RFC 9110, section 7.6.1, with what came before it and what h2 began with. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authorization',
]);

/** What says where a request goes and where it ends. */
const ofMessage = new Set(['host', 'content-length']);

/** What the door says to the app about who asks, and to browsers about the domain; applications read `_` as `-`. */
const ofDoor = /^(forwarded|x-forwarded(-.*)?|x-real-ip|x-avant(-.*)?|strict-transport-security|x-robots-tag)$/;

/** Rule for the name of a header that may be set on requests or responses. */
export function headerRule(name: string): Wrong | undefined {
  if (!headerPattern.test(name)) {
    const mend = 'write a letter, then letters, digits, "-" and "_", 64 at most: X-Env';
    return { message: 'is not a header’s name', mend };
  }
  const plain = name.toLowerCase().replaceAll('_', '-');
  const mend = 'leave it out';
  if (ofConnection.has(plain)) return { message: 'is of a connection: the door and the app each have their own', mend };
  if (ofMessage.has(plain)) return { message: 'says where a request goes or ends: nobody may change that', mend };
  if (plain === 'x-robots-tag') return { message: 'is the platform’s: ingress.noindex says it', mend };
  return ofDoor.test(plain) ? { message: 'is the platform’s', mend } : undefined;
}

/**
 * Rule for the value of a header: ASCII that shows, in one line, 512 characters at most. Quotes and brackets are let through, as
 * JSON and Content-Security-Policy have them; not what a proxy would fill in (`${NAME}`, `$NAME`, `%[fetch]`, `%{flags}`), nor `\`.
 */
export function headerValueRule(value: string): Wrong | undefined {
  if (value === '') return { message: 'is empty', mend: 'give it a value, or leave the header out' };
  if (value.length > maxHeaderValue)
    return { message: `is longer than ${maxHeaderValue} characters`, mend: 'write a shorter one' };
  if (!/^[ -~]+$/.test(value))
    return { message: 'has characters that no header may have', mend: 'write ASCII that shows, in one line' };
  if (value !== value.trim()) return { message: 'begins or ends with a space', mend: 'remove it: HTTP does too' };
  if (value.includes('\\')) return { message: 'has a "\\"', mend: 'write the value without it' };
  return /\$[{A-Za-z_]|%[[{]/.test(value)
    ? { message: 'has what a proxy would fill in', mend: 'headers are no templates: write neither "$…" nor "%[…]"' }
    : undefined;
}

/** Rule for what a path is replaced by: a straight one, of plain characters. */
export function rewriteRule(value: string): Wrong | undefined {
  const mend = 'begin with "/", then letters, digits, ".", "_", "~", "-" and "/", 256 at most: /api';
  if (!rewritePattern.test(value)) return { message: 'is not a plain path', mend };
  const straight = !value.includes('//') && !/\/\.{1,2}(\/|$)/.test(value);
  return straight ? undefined : { message: 'is not a straight path', mend: 'write it without "//", "/./" and "/../"' };
}
