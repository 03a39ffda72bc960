/** https://github.com/opencontainers/distribution-spec and distribution/reference: name 255 characters, tag 128. */
const maxName = 255;

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const host = /^(?:[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const tagShape = /^\w[\w.-]{0,127}$/;
const digestShape = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/;

const dockerHub = 'docker.io';

/** An image reference with everything in it that the short forms leave out. */
export type ImageName = {
  /** Host, perhaps with a port, in lower case; Docker Hub is `docker.io`. */
  readonly registry: string;
  /** Path in the registry, such as `library/nginx`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:…`. */
  readonly digest: string | undefined;
};

/**
 * Reads an image reference, `[registry[:port]/]name[:tag][@digest]`, the name in lower case: `nginx:1` is
 * `docker.io/library/nginx:1`, as distribution/reference (which container runtimes use) reads it. Undefined for what is
 * none. Reads no more than that: whether there is such an image only its registry knows.
 */
export function parseImage(text: string): ImageName | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !digestShape.test(digest)) return undefined;
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !isImageTag(tag)) return undefined;
  const where = placeOf(colon < 0 ? named : named.slice(0, colon));
  return where && { ...where, tag, digest };
}

/** Returns the whole name of an image, without tag and digest: `nginx:1` is `docker.io/library/nginx`. Undefined for what is no reference. */
export function imageName(text: string): string | undefined {
  const image = parseImage(text);
  return image && `${image.registry}/${image.repository}`;
}

/** Says whether the text is an image reference: see `parseImage`. */
export function isImageReference(text: string): boolean {
  return parseImage(text) !== undefined;
}

/** Says whether the text can be an image's tag. */
export function isImageTag(text: string): boolean {
  return tagShape.test(text);
}

/**
 * Reads the beginning of image references, a registry's host and perhaps a path: `registry.bar.com:5000/team`,
 * `docker.io/library`. In lower case; undefined for what is none.
 */
export function parseImagePrefix(text: string): string | undefined {
  const [first = '', ...rest] = text.split('/');
  const named = /[.:]/.test(first) || first.toLowerCase() === 'localhost';
  if (text.length > maxName || !named || !host.test(first) || !rest.every((piece) => component.test(piece)))
    return undefined;
  return [registryName(first), ...rest].join('/');
}

function placeOf(name: string): Pick<ImageName, 'registry' | 'repository'> | undefined {
  if (name.length > maxName) return undefined;
  const [first = '', ...rest] = name.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const path = hasHost ? rest : [first, ...rest];
  if ((hasHost && !host.test(first)) || !path.every((piece) => component.test(piece))) return undefined;
  // To container runtimes that is an image's id, whatever registry it came from.
  if (/^[0-9a-f]{64}$/.test(name)) return undefined;
  const registry = hasHost ? registryName(first) : dockerHub;
  const official = registry === dockerHub && path.length === 1;
  return { registry, repository: [...(official ? ['library'] : []), ...path].join('/') };
}

/** Returns a registry's host in the one form that is compared: lower case, Docker Hub's other names replaced. */
export function registryName(host: string): string {
  const lower = host.toLowerCase();
  return lower === `index.${dockerHub}` || lower === `registry-1.${dockerHub}` ? dockerHub : lower;
}
