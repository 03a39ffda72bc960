import { isIPv4 } from 'node:net';
import { parseCidr } from '../core/cidr.ts';
import { cidrRule } from './cidr.ts';
import type { Wrong } from './shape.ts';

/** The way to look that every platform has. */
export const everybody = 'open';

export const wayPattern = /^[a-z][a-z0-9-]{0,19}$/;
/** What stands between quotes in the configuration of a proxy, and in a header. */
export const realmPattern = /^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/;

const host = String.raw`[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?`;
/** Unreserved characters: no quotes, `%`, `#`, `$` or `\`, which mean something to a proxy. */
const path = String.raw`\/[A-Za-z0-9._~/-]*`;

/** Controllers take a `:` behind the host for a port. */
export const requestPattern = new RegExp(String.raw`^https?://${host}(${path}(\?[A-Za-z0-9._~/=&,-]*)?)?$`);
/** In the query `${url}` stands for where the browser wanted to go. */
export const signinPattern = new RegExp(
  String.raw`^https://${host}(${path}(\?([A-Za-z0-9._~/=&,:-]|%[0-9A-Fa-f]{2}|\$\{url\})*)?)?$`,
);

export const wrongWay: Wrong = {
  message: 'is not the name of a way to look',
  mend: 'write a letter, then letters, digits and "-", all lower-case, 20 at most: office',
};

export const wrongRealm: Wrong = {
  message: 'is not a realm',
  mend: 'write letters, digits, spaces, ".", "_" and "-", 64 at most: Previews of Bar',
};

/** Rule for the name of a way that the platform makes. */
export function wayRule(value: string): Wrong | undefined {
  if (value === everybody) return { message: 'is there already: everybody', mend: 'choose another name' };
  return wayPattern.test(value) ? undefined : wrongWay;
}

/** Rule for addresses that may look: a range, and not all that there are. */
export function someAddresses(value: string): Wrong | undefined {
  const wrong = cidrRule(value);
  if (wrong) return wrong;
  const everyone = parseCidr(value)?.bits === 0;
  return everyone ? { message: 'is every address', mend: `that is the way ${everybody}: leave it out` } : undefined;
}

/** Rule for where each request is asked about. */
export function requestRule(value: string): Wrong | undefined {
  return urlRule(value, requestPattern, 'http://oauth2-proxy.auth.svc:4180/oauth2/auth');
}

/** Rule for where browsers are sent: a page that takes passwords is read over TLS only. */
export function signinRule(value: string): Wrong | undefined {
  if (value.startsWith('http://')) return { message: 'is asked for in plain text', mend: 'write https://' };
  return urlRule(value, signinPattern, 'https://auth.bar.com/oauth2/start?rd=${url}');
}

function urlRule(value: string, pattern: RegExp, example: string): Wrong | undefined {
  const mend = `write a scheme, a host, perhaps a port, a path and a query of plain characters: ${example}`;
  if (value.length > 512) return { message: 'is longer than 512 characters', mend: 'write a shorter one' };
  if (/^[a-z]+:\/\/[^/]*@/i.test(value)) return { message: 'has credentials', mend: 'leave them out' };
  if (!pattern.test(value)) return { message: 'is not a plain URL', mend };
  const [, name = '', port = '80'] = /^https?:\/\/([^/:]+)(?::(\d+))?/.exec(value) ?? [];
  const [number, labels] = [Number(port), name.split('.')];
  if (number < 1 || number > 65_535) return { message: 'has a port that there is not', mend: 'ports are 1 to 65535' };
  const isName = labels.every((label) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  const isHost = /^\d+$/.test(labels.at(-1) ?? '') ? isIPv4(name) : isName && name.length <= 253;
  return isHost ? undefined : { message: 'has no host', mend };
}
