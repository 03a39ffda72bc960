import { inspect } from 'node:util';

/** A value that gives itself away only when asked: printing, logging or serialising it gives `[secret]`. */
export type Secret = {
  readonly reveal: () => string;
  readonly toString: () => '[secret]';
  readonly toJSON: () => '[secret]';
};

/** Returns the value as a secret. */
export function secret(value: string): Secret {
  const hidden = (): '[secret]' => '[secret]';
  return { reveal: () => value, toString: hidden, toJSON: hidden, [inspect.custom]: hidden } as Secret;
}
