/** What rendering a branch's files may cost. What goes beyond is stopped, and is the branch's fault. */
export type RenderLimits = {
  /** Of one run of helm, from its start to its end; as much CPU time again, rounded up to seconds. */
  readonly helmMs: number;
  /** Memory that one helm may write to, in MiB: from half of it on, Go's collector works harder. */
  readonly helmMemoryMiB: number;
  /** What helm may print. */
  readonly outputBytes: number;
  /** What is kept of helm's error output; the rest is read and dropped. */
  readonly errorBytes: number;
  /** Of reading one chart, one output or one folder of manifests in a thread. */
  readonly readMs: number;
  /** JavaScript heap of such a thread, in MiB. */
  readonly readHeapMiB: number;
  readonly yaml: YamlLimits;
  readonly archives: ArchiveLimits;
  /** Charts in a chart, at every depth together. */
  readonly subcharts: number;
  readonly repositories: RepositoryLimits;
  /** What is kept of earlier answers. */
  readonly cacheBytes: number;
  /**
   * How long a chart that broke a limit of time or memory is not tried again, and all of its repository waits behind everybody else:
   * nobody is to hold everybody up by asking often.
   */
  readonly tryAgainMs: number;
};

/** For one output, or all manifests together. */
export type YamlLimits = {
  readonly documents: number;
  /** Scalars, lists and maps, those of an alias once for each time it is used. */
  readonly nodes: number;
  readonly depth: number;
  readonly aliases: number;
};

/** For all vendored archives of one chart together, unpacked. */
export type ArchiveLimits = { readonly bytes: number; readonly files: number };

/** What asking a chart repository may cost. What goes beyond in an archive is the fault of who asks for it, in an index nobody's who could mend it there. */
export type RepositoryLimits = {
  readonly indexBytes: number;
  /** Of one archive, and of all that one chart asks for, as they are packed. */
  readonly archiveBytes: number;
  /** Of one download, from its start to its last byte. */
  readonly downloadMs: number;
  /** How long an index is not asked for again; while it lacks the version that is wanted it is, after `againMs`. */
  readonly keptMs: number;
  /** How long what failed is not tried again. */
  readonly againMs: number;
  /** What is kept of archives. */
  readonly cacheBytes: number;
};

const mebi = 1024 * 1024;

export const defaultLimits: RenderLimits = {
  helmMs: 10_000,
  helmMemoryMiB: 512,
  outputBytes: 8 * mebi,
  errorBytes: 64 * 1024,
  readMs: 5_000,
  readHeapMiB: 256,
  yaml: { documents: 1_000, nodes: 200_000, depth: 64, aliases: 1_000 },
  archives: { bytes: 16 * mebi, files: 2_000 },
  subcharts: 50,
  repositories: { indexBytes: 20 * mebi, archiveBytes: 16 * mebi, downloadMs: 15_000, keptMs: 60_000, againMs: 10_000, cacheBytes: 64 * mebi },
  cacheBytes: 64 * mebi,
  tryAgainMs: 60_000,
};
