import type { DoorAnswer } from './door.ts';
import type { KubernetesObject, Fence, Json, ObjectRef } from './object.ts';
import type { PullRequestKey } from './key.ts';
import type { PullRequestRead } from './facts.ts';
import type { PullRequestRecord } from './record.ts';
import type { HostTotals } from './host-counts.ts';

/** The time of day and the monotonic time; the only clock the rest may read. */
export type Clock = { now(): Date; monotonicMs(): number };

/** Structured log lines; `fields` never hold secrets. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** What a watch cache knows of one pull request in one cluster. */
export type Observed = {
  readonly namespaces: readonly KubernetesObject[];
  readonly objects: readonly KubernetesObject[];
  readonly pods: readonly KubernetesObject[];
};

/** Where previews run whose tenant names no other cluster; records and claims are there too. */
export const homeCluster = 'home';

/**
 * One Kubernetes cluster. Reads come from a watch cache of everything that carries our label; every write's answer is put
 * into that cache at once. A refused write throws a KubernetesError.
 */
export type Cluster = {
  readonly name: string;
  observed(keyLabel: string): Observed;
  /** The API server's version, such as `1.36.1`; throws while it does not tell. */
  version(): Promise<string | undefined>;
  /** IP addresses at which pods could reach the API server, as far as the cluster tells. */
  apiServer(): Promise<readonly string[]>;
  /** True while every watch has been heard from lately; a stale cache is no evidence that something is absent. */
  fresh(): boolean;
  get(ref: ObjectRef): Promise<KubernetesObject | undefined>;
  /** Reads past the cache and puts the answer, or the absence, into it. */
  refresh(ref: ObjectRef): Promise<KubernetesObject | undefined>;
  create(object: KubernetesObject): Promise<KubernetesObject>;
  /** Replaces an object that is still at the resourceVersion which `object` carries. */
  update(object: KubernetesObject): Promise<KubernetesObject>;
  /** Server-side apply as `manager`, forced; with a fence the object must still be the one that was seen. */
  apply(object: KubernetesObject, fence: Fence | undefined): Promise<KubernetesObject>;
  /** Deletes if the object is still the one that was seen; an absent one is no error. */
  remove(ref: ObjectRef, fence: Fence): Promise<void>;
  /** The last lines of a container, oldest first. */
  logs(pod: { namespace: string; name: string; container: string; previous: boolean }, lines: number): Promise<string[]>;
};

/** A refusal by the API server. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  /** HTTP status, such as 409. */
  readonly status: number;
  /** `reason` of the Status object, such as AlreadyExists. */
  readonly reason: string;
  /** Reasons of `details.causes`, such as NamespaceTerminating. */
  readonly causes: readonly string[];
  constructor(message: string, status: number, reason: string, causes: readonly string[] = []) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.causes = causes;
  }
}

/** A file of `.cloud/`, its path from there, such as `charts/api/Chart.yaml`. */
export type CloudFile = { readonly path: string; readonly content: Uint8Array };

/** Everything below `.cloud/` of one Git tree: regular files only, in the order of their paths. */
export type Cloud = { readonly tree: string; readonly files: readonly CloudFile[] };

/** What a reader of a hostile branch takes at most; see `readCloud`. */
export type CloudLimits = { readonly files: number; readonly bytes: number; readonly fileBytes: number; readonly depth: number; readonly pathLength: number };

/** Nothing can be made of what the branch has: every problem, each naming the file and the mend. */
export class RenderRefused extends Error {
  override readonly name = 'RenderRefused';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems[0] ?? 'cannot be rendered');
    this.problems = problems;
  }
}

/** One chart to be rendered. Nothing in it is an argument of a shell; values reach helm as files. */
export type ChartRequest = {
  /** Whose it is, `owner/name`: queues take turns, so that no repository's charts hold up everybody's. */
  readonly queue: string;
  readonly cloud: Cloud;
  /** Name of the folder in `.cloud/charts/`. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  readonly tenant: string;
  /** The project config's values, and those of the platform for the tenant. */
  readonly values: readonly Json[];
  /** What the platform computes, last and strongest: `avant.*`, `image.tag`. */
  readonly computed: Json;
  /** Texts in `computed` that change with each push (the commit, its short form). */
  readonly perCommit: readonly string[];
  /** Such as `1.36.1`; undefined, only where there is no cluster (`avant validate`): helm's own default. */
  readonly kubeVersion: string | undefined;
};

/** An object as it came out, and the file it came from (from the repository's root), for messages. */
export type SourcedObject = {
  readonly file: string;
  /** What its author calls it, where that is not kind and name: `hooks.setup migrate`. */
  readonly title?: string;
  /** Any JSON: nothing has been checked but that it is a map. */
  readonly object: Readonly<Record<string, Json | undefined>>;
  /** False where two renderings of the same inputs differ (a password made by chance): it is then made once and kept. */
  readonly stable: boolean;
};

/** What reads and renders files of a branch, in processes and threads that can be killed. */
export type Renderer = {
  /**
   * Parses a project config where parsing can be stopped. Returns why it is not to be parsed elsewhere (it takes too long, or too much
   * memory), or undefined: whether it is right is not told. `queue`: the repository.
   */
  legible(config: string, queue: string): Promise<string | undefined>;
  /** Throws a RenderRefused for what is the branch's fault; anything else is ours, and is tried again. */
  chart(request: ChartRequest): Promise<readonly SourcedObject[]>;
  /** Every object of `.cloud/manifests/*.yaml`, `${…}` in their texts filled in from `values`; `queue` as in a ChartRequest. Throws likewise. */
  manifests(cloud: Cloud, values: Readonly<Record<string, string>>, queue: string): Promise<readonly SourcedObject[]>;
  close(): Promise<void>;
};

/** What a registry says about an image. `unknown`: it could not be asked, or is not one of the platform's. */
export type ImageAnswer =
  | { readonly kind: 'found'; readonly digest: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'unknown'; readonly why: string };

export type RegistryCredentials = { readonly username: string; readonly password: string };

export type Registries = {
  /** Asks the image's registry; `registry` is the platform's entry for it. Never throws. */
  lookUp(image: string, registry: { readonly host: string; readonly insecure: boolean }, credentials: RegistryCredentials | undefined): Promise<ImageAnswer>;
};

/** A host to be asked for, and what its answer stands for: another `version` (see `doorVersion`) is asked about anew. */
export type DoorQuestion = {
  readonly cluster: string;
  readonly host: string;
  readonly path: string;
  readonly marker: string;
  readonly version: string;
  /** For so long after the question began, what the app answers may still be an earlier version's, and does not count; in milliseconds. */
  readonly settleMs: number;
};

/**
 * The way that visitors take, asked from inside. Like a watch cache: `answerOf` never waits, and a changed answer is a hint for
 * the pull request.
 */
export type Doors = {
  /** False where the platform names no door for the cluster: previews are then live when their workloads are. */
  has(cluster: string): boolean;
  /** The last answer to this very question; undefined while there is none. Asking begins with the first call and goes on, less and less often, until `forget` or an answer of the app. */
  answerOf(question: DoorQuestion, owner: string): DoorAnswer | undefined;
  /** Nobody asks for these hosts of an owner (`formatKey`) any more. */
  forget(owner: string, except: readonly string[]): void;
};

/** What the door's access log tells, by host. Lossy: what was counted may be lost with its store, and is some seconds old. */
export type TrafficSeen = {
  /** Everything that a host answered visitors so far, and when last; undefined: it is not known (there is no log, or its store is away). */
  total(host: string): Promise<HostTotals | undefined>;
  /** Hosts that met a server error since then, ten minutes ago at most. */
  failing(since: Date): Promise<readonly string[]>;
};

/** Records, one per pull request, moved by compare-and-swap. */
export type Records = {
  get(key: PullRequestKey): StoredRecord | undefined;
  list(): readonly StoredRecord[];
  /** Creates (`version` undefined) or replaces; throws a KubernetesError 409 when somebody was faster. */
  put(record: PullRequestRecord, version: string | undefined): Promise<StoredRecord>;
  remove(stored: StoredRecord): Promise<void>;
  /** Reads past the cache. */
  reread(key: PullRequestKey): Promise<StoredRecord | undefined>;
};

export type StoredRecord = { readonly record: PullRequestRecord; readonly version: string; readonly uid: string };

/** App names, each held by the first repository that used it. */
export type Claims = {
  /** Returns the name that the repository holds, if any. */
  nameOf(repository: string): string | undefined;
  /** Returns who holds the name, if anybody does. */
  holderOf(name: string): { readonly repository: string; readonly fullName: string } | undefined;
  /** Claims the name for the repository; returns the holder, which is somebody else when it was taken. */
  claim(name: string, holder: { repository: string; fullName: string }): Promise<{ repository: string; fullName: string }>;
};

/** What a read of a pull request is told of what we know already: see `GitHubReader.read`. */
export type Known = { readonly comment: string | undefined; readonly environments: readonly string[]; readonly lastCommand: number };

/** What Avant reads from GitHub. */
export type GitHubReader = {
  /**
   * One call. `known.comment` is the node id of the comment that we remember; without one (or when it is gone) our comment is looked
   * for, which takes a call more for every further hundred comments. `known.environments`: where our deployments may be.
   * `known.lastCommand`: id of the newest comment that was looked at as a command, 0 before the first; where the newest hundred
   * comments do not reach back to it, earlier ones are read, once in a process.
   */
  read(key: PullRequestKey, known: Known): Promise<PullRequestRead>;
  /** Whether the App itself is told that the repository is reachable; throws when that cannot be told. */
  presence(installation: number, repository: string): Promise<'present' | 'suspended' | 'gone'>;
  installations(): Promise<readonly { id: number; suspended: boolean }[]>;
  /** Every repository of an installation, complete or thrown. */
  repositories(installation: number): Promise<readonly string[]>;
  /**
   * Reads everything below `.cloud/` by the hash of its tree, within the limits; what breaks a limit or a rule of paths (symbolic
   * links, submodules, names that are no plain names) throws a RenderRefused. The answer is kept: the same tree is read once.
   */
  cloud(installation: number, repository: RepositoryName, tree: string): Promise<Cloud>;
  /** What a person or app may do in the repository, as GitHub tells now; `none` also for an account that is gone. */
  permission(installation: number, repository: RepositoryName, login: string): Promise<'admin' | 'write' | 'read' | 'none'>;
  /** Open pull requests of some repositories, those with one of the labels (undefined: all); complete or thrown. */
  openPullRequests(installation: number, repositories: readonly string[], labels: readonly string[] | undefined): Promise<readonly RepositoryListing[]>;
};

export type RepositoryListing = {
  readonly repository: string;
  readonly owner: string;
  readonly name: string;
  /** Whether the repository has the first of the labels asked for; true where none was asked for. */
  readonly hasLabel: boolean;
  /** `lastCommand`: id of the newest comment among the last few that may be a command; 0 where there is none. */
  readonly pullRequests: readonly { readonly number: number; readonly headSha: string; readonly labels: readonly string[]; readonly lastCommand: number }[];
};

export type RepositoryName = { readonly owner: string; readonly name: string };

/** What Avant writes on GitHub. Each returns GitHub's clock at the answer; a rate limit throws a NotYetError. */
export type GitHubWriter = {
  createComment(on: Target, body: string): Promise<{ id: number; nodeId: string; at: string }>;
  /** Returns `gone` when somebody deleted the comment. */
  updateComment(on: Target, id: number, body: string): Promise<{ at: string } | 'gone'>;
  deleteComment(on: Target, id: number): Promise<{ at: string }>;
  createCheck(on: Target, check: CheckContent & { sha: string }): Promise<{ id: number; at: string }>;
  updateCheck(on: Target, id: number, check: CheckContent): Promise<{ at: string } | 'gone'>;
  createDeployment(on: Target, deployment: DeploymentContent): Promise<{ id: number; at: string }>;
  setDeploymentState(on: Target, id: number, state: DeploymentState): Promise<{ at: string } | 'gone'>;
  /** Adds our reaction to a comment; the same twice is no error, nor is a comment that is gone. */
  react(on: Target, comment: number, reaction: '+1' | '-1' | 'confused'): Promise<{ at: string }>;
  createLabel(on: Omit<Target, 'number'>, label: string): Promise<void>;
};

export type Target = RepositoryName & { readonly installation: number; readonly number: number };

export type CheckContent = {
  readonly status: 'in_progress' | 'completed';
  readonly conclusion?: 'success' | 'failure' | 'neutral';
  readonly title: string;
  readonly summary: string;
  readonly detailsUrl?: string;
};

export type DeploymentContent = { readonly sha: string; readonly environment: string; readonly payload: Readonly<Record<string, string | number>>; readonly description: string };

export type DeploymentState = {
  readonly state: 'in_progress' | 'success' | 'failure' | 'inactive';
  readonly environmentUrl?: string;
  readonly description: string;
};

/** GitHub's limits on writing, shared by everybody who writes for one installation. */
export type WriteBudget = {
  /** Takes a write; returns 0, or the milliseconds to wait, having taken nothing. `content` counts against the limits on content creation. */
  take(installation: number, kind: 'content' | 'write'): Promise<number>;
  /** Share of the burst that is left, 0 to 1; intermediate writes are dropped when it is low. */
  left(installation: number): Promise<number>;
  /** Nobody writes for this installation for so long: GitHub said so. */
  block(installation: number, ms: number): Promise<void>;
};
