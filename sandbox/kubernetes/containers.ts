import type { IncomingMessage, ServerResponse } from 'node:http';

/** How a container ended. */
export type Exit = { readonly code: number; readonly reason?: 'Error' | 'OOMKilled' };

/**
 * A running container of the sandbox: it answers HTTP in this process, or it exits, at once or (a promise) later. `logs` are its
 * lines so far; `stop` is called when it is taken away before its end.
 */
export type Container =
  | { serve: (request: IncomingMessage, response: ServerResponse) => void; logs: () => string[]; stop?: () => void }
  | { exit: Exit | Promise<Exit>; logs: () => string[]; stop?: () => void };

export type ServingContainer = Extract<Container, { serve: unknown }>;

/** What a container finds beside its environment. */
export type Surroundings = {
  /** The pod's `command` and `args`; undefined where the image's own count. */
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  /** Returns the text of a file that a ConfigMap or Secret brings to this absolute path, as it is now; undefined when none does. */
  file(path: string): string | undefined;
};

/** What a registry has under an image's name. */
export type Image = { start(env: Record<string, string>, around: Surroundings): Container };

/** User and password by registry (`registry.example.com`), as the pod's imagePullSecrets have them. */
export type Logins = ReadonlyMap<string, { readonly username: string; readonly password: string }>;

/** Returns the image, or undefined when the registry does not have it; a rejection is a registry that does not answer, or says no. */
export type Pull = (image: string, logins: Logins) => Promise<Image | undefined>;

/** Repository names are lower case; a developer whose organisation is not meets this first. */
const reference =
  /^[a-z0-9]+([._:-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** Returns why a container runtime would not even ask a registry for this name, or undefined. */
export function imageNameProblem(image: string): string | undefined {
  if (reference.test(image)) return undefined;
  const why =
    image.toLowerCase() !== image && reference.test(image.toLowerCase())
      ? `repository name (${image.split(':')[0] ?? ''}) must be lowercase`
      : '';
  return `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format${why === '' ? '' : `: ${why}`}`;
}
