/** Nothing to retry until somebody changes an input; the message is written for the person who can. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Not now: try again after `afterMs`, without counting it as a failure (a rate limit, a namespace still Terminating). */
export class NotYetError extends Error {
  override readonly name = 'NotYetError';
  readonly afterMs: number;
  constructor(message: string, afterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.afterMs = afterMs;
  }
}

/** Longer messages are cut: they end in logs, records and comments. */
const longest = 600;

/** Returns a one-line message of anything thrown, with the messages of its causes. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown).slice(0, longest);
  const cause = thrown.cause === undefined ? '' : `: ${messageOf(thrown.cause)}`;
  const message = (thrown.message + cause).replaceAll(/\s+/g, ' ');
  return message.length > longest ? `${message.slice(0, longest)}…` : message;
}
