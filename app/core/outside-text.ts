/**
 * Returns foreign text fit for one line of a message: at most `max` characters, and whatever does not show, or shows as
 * something else (control, zero-width and bidirectional characters, foreign spaces), written as `\u{…}`.
 */
export function shown(text: string, max = 60): string {
  if (text.length <= max && /^[\x20-\x7e]*$/.test(text)) return text;
  const characters = Array.from(text.slice(0, max * 2));
  const cut = characters.length > max || text.length > max * 2 ? [...characters.slice(0, max), '…'] : characters;
  return cut
    .join('')
    .replaceAll(/[\p{C}\p{Z}]/gu, (c) => (c === ' ' ? c : `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`));
}

/** Returns text from outside between backticks, which `inlineText` shows as code. */
export function quote(outside: string): string {
  const text = outside.replaceAll('`', "'").trim().replace(/\.$/, '');
  return `\`${text === '' ? '(nothing said)' : text}\``;
}

/** Returns a field and the place where it is written, as code: `image` in `.cloud/preview.yaml`. */
export function inPlace(field: string, place: string): string {
  return `${quote(field)} in ${quote(place)}`;
}

/**
 * Returns what a container runtime's error is about: it is wrapped in the story of how it got there, and what happened comes last.
 * The port of the moment is left out.
 */
export function unwrapped(message: string): string {
  let text = message;
  while (wrapping.test(text)) text = text.replace(wrapping, '');
  return text.replace(/: unknown$/, '').replaceAll(/(\d+(?:\.\d+){3}|\[[0-9a-f:]+\]):\d+->/g, '');
}

const wrapping =
  /^(?:rpc error|(?:failed to|unable to|OCI runtime|runc) (?:[^":]|"[^"]*")*|error): |^code = \w+ desc = /;

/** Returns the scheduler's message without its counts and without what it tried to make room. */
export function unnumbered(message: string): string {
  return message
    .replace(/^\d+\/\d+ nodes are available: /, '')
    .replace(/\. .*$/s, '')
    .replaceAll(/(^|, )\d+ (node\(s\) )?/g, '$1');
}
