/** A pull request by its lasting identity; names change, these do not. */
export type PullRequestKey = {
  /** Id of the GitHub App's installation. */
  readonly installation: number;
  /** GraphQL node id of the repository that has the pull request. */
  readonly repository: string;
  readonly number: number;
};

/** Returns the key as one string, `<installation>/<repository>/<number>`; `parseKey` reads it back. */
export function formatKey(key: PullRequestKey): string {
  return `${key.installation}/${key.repository}/${key.number}`;
}

/** Returns the key that `formatKey` wrote, or undefined for any other text. */
export function parseKey(text: string): PullRequestKey | undefined {
  const match = /^([1-9]\d*)\/([A-Za-z0-9_=+-]+)\/([1-9]\d*)$/.exec(text);
  if (!match) return undefined;
  const [, installation, repository, number] = match;
  const key = { installation: Number(installation), repository: String(repository), number: Number(number) };
  // A number too large to be held exactly was never written.
  return formatKey(key) === text ? key : undefined;
}
