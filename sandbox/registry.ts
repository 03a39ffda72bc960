import { createHash } from 'node:crypto';
import type { World } from './github/world/world.ts';
import type { Image, Pull } from './kubernetes/containers.ts';
import { filesImage, migrateImage } from './registry-images.ts';

type Repository = ReturnType<World['repositories']>[number];

/** What the registry looks at to know what has been built. */
export type Commits = Pick<World, 'repositories' | 'fileAt'>;

/** What a registry tells of an image: its manifest, and the configuration that the manifest names. */
export type Manifest = { readonly digest: string; readonly body: string; readonly config: string };

export type Login = { readonly username: string; readonly password: string };

/** A registry in memory. Its own host name counts for nothing: `registry.localhost/m6/foo` and `localhost:5000/m6/foo` are one. */
export type SandboxRegistry = {
  /** What the kubelet asks. */
  readonly pull: Pull;
  /** Puts an image under a repository (`m6/baz-api`) and tag, in the place of what is there, as a pipeline does; returns its digest. */
  push(repository: string, tag: string, image: Image): string;
  /** Takes a tag away; what was pulled by digest stays. */
  untag(repository: string, tag: string): void;
  /** From now on the repositories that begin with the prefix (`m6/secret`) want a login. */
  requireLogin(prefix: string, login: Login): void;
  /** Returns the login that the repository wants, if any. */
  loginFor(repository: string): Login | undefined;
  /** Returns the manifest under a tag or digest, or undefined. */
  manifest(repository: string, reference: string): Manifest | undefined;
  /** Returns the repository's tags, or undefined when there is no such repository. */
  tags(repository: string): string[] | undefined;
};

export type RegistryOptions = {
  /** How long a tool of the registry (`tools/migrate:1`) takes for each line that it prints. Default 150. */
  readonly lineMs?: number;
};

type Stored = { readonly manifest: Manifest; readonly image: Image };

/**
 * Returns a registry that has, as a pipeline would have pushed it, an image of every commit of every repository of the world:
 * `[<owner>/]<repository>:<tag>`, where the tag is the commit (7 digits at least), a branch, or `latest` for the default branch; it is
 * a web server with the commit's files. Other names, such as those of a project's apps, are there once they are pushed. And it has
 * `tools/migrate:1`, which runs to its end (with the variable FAIL: to a bad one).
 */
export function createRegistry(world: Commits, options: RegistryOptions = {}): SandboxRegistry {
  const pushed = new Map<string, Map<string, Stored>>();
  const logins: { readonly prefix: string; readonly login: Login }[] = [];
  let builds = 0;

  const push: SandboxRegistry['push'] = (repository, tag, image) => {
    builds += 1;
    const stored = { manifest: manifestOf({ repository, build: builds }), image };
    const references = pushed.get(repository) ?? new Map<string, Stored>();
    pushed.set(repository, references.set(tag, stored).set(stored.manifest.digest, stored));
    return stored.manifest.digest;
  };
  const find = (repository: string, reference: string): Stored | undefined =>
    pushed.get(repository)?.get(reference) ?? imageOfCommit(world, repository, reference);
  const loginFor: SandboxRegistry['loginFor'] = (repository) =>
    logins.findLast(({ prefix }) => repository === prefix || repository.startsWith(`${prefix}/`))?.login;

  push('tools/migrate', '1', migrateImage(options.lineMs ?? 150));
  return {
    push,
    loginFor,
    untag: (repository, tag) => {
      pushed.get(repository)?.delete(tag);
    },
    requireLogin: (prefix, login) => {
      logins.push({ prefix, login });
    },
    manifest: (repository, reference) => find(repository, reference)?.manifest,
    tags: (repository) => {
      const own = [...(pushed.get(repository)?.keys() ?? [])].filter((reference) => !reference.startsWith('sha256:'));
      const commits = repositoriesNamed(world, repository).flatMap(({ commits: shas }) => [...shas]);
      return own.length + commits.length === 0 ? undefined : [...own, ...commits].sort();
    },
    pull: (image, given) => {
      const { host, repository, reference } = partsOf(image);
      const wanted = loginFor(repository);
      const login = given.get(host);
      if (wanted !== undefined && (login?.username !== wanted.username || login.password !== wanted.password)) {
        return Promise.reject(
          new Error(
            'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
          ),
        );
      }
      return Promise.resolve(find(repository, reference)?.image);
    },
  };
}

/** Returns what the kubelet asks of a registry with the images of all commits. */
export function registryOf(world: Commits): Pull {
  return createRegistry(world).pull;
}

/** Splits `registry.localhost/m6/foo:tag@sha256:…`; the digest counts before the tag. */
function partsOf(image: string): { host: string; repository: string; reference: string } {
  const [named = '', digest] = image.split('@');
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const [path, tag] = tagged ? [named.slice(0, colon), named.slice(colon + 1)] : [named, 'latest'];
  const [first = '', ...rest] = path.split('/');
  // What has a dot or a port is a host (distribution/reference).
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return { host: isHost ? first : 'docker.io', repository: isHost ? rest.join('/') : path, reference: digest ?? tag };
}

function repositoriesNamed(world: Commits, path: string): Repository[] {
  const [name = '', owner] = path.split('/').reverse();
  const named = world.repositories().filter((repository) => repository.name.toLowerCase() === name);
  const owned = named.filter((repository) => repository.owner.login.toLowerCase() === owner);
  return owned.length > 0 ? owned : named;
}

function imageOfCommit(world: Commits, path: string, reference: string): Stored | undefined {
  for (const repository of repositoriesNamed(world, path)) {
    const manifest = (commit: string): Manifest => manifestOf({ repository: repository.nodeId, commit });
    const sha = reference.startsWith('sha256:')
      ? [...repository.commits].find((commit) => manifest(commit).digest === reference)
      : commitOf(repository, reference);
    if (sha !== undefined)
      return { manifest: manifest(sha), image: filesImage((file) => world.fileAt(repository, sha, file)) };
  }
  return undefined;
}

function commitOf(repository: Repository, tag: string): string | undefined {
  if (/^[0-9a-f]{7,40}$/.test(tag)) {
    const found = [...repository.commits].filter((sha) => sha.startsWith(tag));
    if (found.length === 1) return found[0];
  }
  return repository.branches.get(tag === 'latest' ? repository.defaultBranch : tag);
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** The type of the manifests here; a client has to say that it takes it. */
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** Returns the manifest of an image without layers (OCI image spec 1.1): the same for the same content. */
function manifestOf(content: Readonly<Record<string, string | number>>): Manifest {
  const labels = Object.fromEntries(Object.entries(content).map(([name, value]) => [`sandbox.${name}`, String(value)]));
  const rootfs = { type: 'layers', diff_ids: [] };
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: labels }, rootfs });
  const type = 'application/vnd.oci.image.config.v1+json';
  const named = { mediaType: type, digest: digestOf(config), size: Buffer.byteLength(config) };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config: named, layers: [] });
  return { digest: digestOf(body), body, config };
}
