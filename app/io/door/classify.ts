import type { DoorAnswer } from '../../core/door.ts';

export type Response = {
  readonly status: number;
  /** Of the response header `X-Avant-Preview`: every value that was sent. */
  readonly markers: readonly string[];
  readonly location: string | undefined;
};

/** What HAProxy says itself where there is no route, no server, no right to enter, or a limit. Programs say these too: see `classify`. */
const ofDoor: ReadonlySet<number> = new Set([401, 403, 404, 408, 413, 429, 502, 503, 504]);

/**
 * Returns whose answer a response is. The mark tells, where there is one: only what a preview's server answers carries it. A door that
 * writes no marks is told by the status alone, so that a preview whose own page says 404 is taken for none; and a redirect that
 * changes nothing but http to https is the door's, which it gives with no preview behind it.
 */
export function classify({ status, markers, location }: Response, asked: { readonly host: string; readonly path: string; readonly marker: string }): DoorAnswer {
  if (markers.length > 0) {
    if (markers.every((one) => one === asked.marker)) return { kind: 'app', status };
    const [other = ''] = markers.filter((one) => one !== asked.marker && /^[a-z0-9-]{1,63}$/.test(one));
    return { kind: 'other', status, marker: other };
  }
  return ofDoor.has(status) || (status >= 300 && status < 400 && isSameOverTls(location, asked)) ? { kind: 'door', status } : { kind: 'app', status };
}

function isSameOverTls(location: string | undefined, { host, path }: { readonly host: string; readonly path: string }): boolean {
  const [there, here] = [URL.parse(location ?? ''), URL.parse(path, `https://${host}`)];
  return there?.protocol === 'https:' && there.hostname === here?.hostname && there.pathname + there.search === here.pathname + here.search;
}
