import { isImageReference } from '../../config/image.ts';

/** An image as its registry is asked for it. */
export type Reference = {
  /** Host, and port if any, in lower case; Docker Hub is `docker.io`. */
  readonly host: string;
  /** Path of the repository, such as `library/nginx`. */
  readonly name: string;
  /** The digest where there is one (the tag then says nothing), or the tag; `latest` where there is neither. */
  readonly wanted: string;
  /** True when `wanted` is a digest. */
  readonly pinned: boolean;
};

/**
 * Reads `[registry/]name[:tag][@digest]` as Docker does (https://github.com/distribution/reference): a first piece with a dot, a colon
 * or a capital letter, or `localhost`, is the registry; without one it is Docker Hub, whose one-piece names are in `library/`.
 * Undefined for what is no reference.
 */
export function readReference(image: string): Reference | undefined {
  if (!isImageReference(image)) return undefined;
  const [, path = '', tag, digest] = /^([^@]*?)(?::([^@/]*))?(?:@(.*))?$/.exec(image) ?? [];
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const host = hasHost ? hostOf(first) : 'docker.io';
  const rest = hasHost ? path.slice(slash + 1) : path;
  const name = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  return { host, name, wanted: digest ?? tag ?? 'latest', pinned: digest !== undefined };
}

/** Returns a registry's host in the one form that is compared: lower case, Docker Hub's old name replaced. */
export function hostOf(host: string): string {
  const lower = host.toLowerCase();
  return lower === 'index.docker.io' || lower === 'registry-1.docker.io' ? 'docker.io' : lower;
}
