/** Returns text from outside between backticks, which `inlineText` shows as code. */
export function quote(outside: string): string {
  const text = outside.replaceAll('`', "'").trim().replace(/\.$/, '');
  return `\`${text === '' ? '(nothing said)' : text}\``;
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
