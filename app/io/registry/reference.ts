import { parseImage } from '../../core/image.ts';

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

/** Reads an image reference (`parseImage`) as a registry is asked for it; undefined for what is none. */
export function readReference(image: string): Reference | undefined {
  const parsed = parseImage(image);
  if (!parsed) return undefined;
  const { registry, repository, tag, digest } = parsed;
  return { host: registry, name: repository, wanted: digest ?? tag ?? 'latest', pinned: digest !== undefined };
}
