/** A chart that a branch asks a repository for. */
export type RemoteChart = {
  /** The repository's address, without a slash at its end; one of those that the platform lists. */
  readonly repository: string;
  /** Both are plain words: neither has a slash. */
  readonly name: string;
  readonly version: string;
  /** Where it is asked for, for messages: `.cloud/charts/api/Chart.yaml dependencies[0]`. */
  readonly at: string;
};

/** A chart as the repository's index has it. */
export type ResolvedChart = RemoteChart & {
  /** SHA-256 of the archive, in lower case. */
  readonly digest: string;
  /** Where the archive is, below the repository's address. */
  readonly url: string;
};

/** A repository cannot be asked, or its index cannot be read: nothing that a branch could mend. Tried again later. */
export class RepositoryTrouble extends Error {
  override readonly name = 'RepositoryTrouble';
}

/** Returns what tells two charts apart, whoever asks for them. */
export function identityOf({ repository, name, version }: Omit<RemoteChart, 'at'>): string {
  return `${repository} ${name} ${version}`;
}
