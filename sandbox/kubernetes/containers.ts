import type { IncomingMessage, ServerResponse } from 'node:http';

/** A running container of the sandbox: it answers HTTP in this process, or it has exited. `logs` are its lines so far. */
export type Container =
  | { serve: (request: IncomingMessage, response: ServerResponse) => void; logs: () => string[] }
  | { exit: { code: number; reason?: 'Error' | 'OOMKilled' }; logs: () => string[] };

export type ServingContainer = Extract<Container, { serve: unknown }>;

/** What a registry has under an image's name. */
export type Image = { start(env: Record<string, string>): Container };

/** Returns the image, or undefined when the registry does not have it; a rejection is a registry that does not answer. */
export type Pull = (image: string) => Promise<Image | undefined>;

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
