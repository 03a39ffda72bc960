import type { KubernetesObject } from '../object.ts';
import type { Dialect } from './policy.ts';

/** What jcmoraisjr's controller reads; for the other every key is a user. */
const list = 'auth';

const digest = '[./0-9A-Za-z]';
/**
 * The hashes that crypt(3) of every HAProxy image knows: MD5 ($1$), SHA-256, SHA-512, bcrypt and DES (musl, https://git.musl-libc.org/cgit/musl/tree/src/crypt/crypt_r.c;
 * glibc has them too). HAProxy takes no configuration with another one, such as htpasswd’s own $apr1$.
 */
const hash = `(\\$1\\$[^$]{0,8}\\$${digest}{22}|\\$5\\$(rounds=\\d{1,9}\\$)?[^$]{0,16}\\$${digest}{43}|\\$6\\$(rounds=\\d{1,9}\\$)?[^$]{0,16}\\$${digest}{86}|\\$2[abxy]\\$\\d\\d\\$${digest}{53}|${digest}{13})`;
/** One word of a configuration: nothing that ends, quotes or comments. */
const word = `[^\\s\\p{C}:"'\\\\#]{1,256}`;
const plainHash = new RegExp(`^(?=[^\\s\\p{C}"'\\\\#]+$)${hash}$`, 'u');
const line = new RegExp(`^${word}:(:[^\\s\\p{C}"'\\\\#]{1,256}|(?=[^\\s\\p{C}"'\\\\#]+$)${hash})$`, 'u');

const example = '"htpasswd -nB ann" writes one';

/**
 * Returns what administrators have still to do before a Secret of passwords may stand at the door, such as `make vault/passwords`; undefined
 * when there is nothing. The controllers write the Secret's lines into HAProxy's configuration as they are: with one that HAProxy does not take, it
 * takes no change of any preview any more; and where there is no Secret, haproxy-ingress asks for no password. Of what is wrong only the
 * place is told, never the text.
 */
export function passwordsToDo(path: string, secret: KubernetesObject | undefined, dialect: Dialect): string | undefined {
  if (!secret) return `make ${path}`;
  // One that no API server gave stands for whatever there is.
  if (secret.metadata.uid === undefined) return undefined;
  const texts = Object.entries(secret.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()] as const);
  if (dialect === 'haproxytech') {
    if (texts.length === 0) return `make a key for each user in ${path}`;
    const wrong = texts.find(([, text]) => !plainHash.test(text.replace(/\n$/, '')));
    return wrong && `mend the key ${wrong[0]} in ${path}, which is no hash that HAProxy knows (bcrypt, SHA-512; not htpasswd’s $apr1$)`;
  }
  const lines = (texts.find(([key]) => key === list)?.[1] ?? '').split('\n');
  if (lines.every((one) => one === '')) return `make the key ${list} in ${path}`;
  const wrong = lines.findIndex((one) => one !== '' && !line.test(one));
  return wrong === -1 ? undefined : `mend line ${wrong + 1} of the key ${list} in ${path}, which is no user:hash that HAProxy knows (bcrypt, SHA-512; not htpasswd’s $apr1$): ${example}`;
}

/** Both dialects name the Secret by it. */
const annotation = /\/auth-secret$/;

/** Returns the Secret, as `namespace/name`, by which an Ingress lets visitors in; undefined for any other object or way. */
export function passwordsOf({ kind, metadata }: KubernetesObject): string | undefined {
  return kind === 'Ingress' ? Object.entries(metadata.annotations ?? {}).find(([key]) => annotation.test(key))?.[1] : undefined;
}
