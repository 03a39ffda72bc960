import { hashOfBody, type CloudFolder, type ConfigFile, type Facts, type Labelled, type PersonsComment, type Pipeline, type Seen } from '../../app/core/facts.ts';
import { formatKey, type PullRequestKey } from '../../app/core/key.ts';
import type { CheckContent, CloudFile, DeploymentContent, GitHubReader, GitHubWriter, RepositoryListing } from '../../app/core/ports.ts';
import { commentMarker } from '../../app/core/report/comment.ts';
import type { FakeClock } from './fake-clock.ts';

export type FakePull = { number: number; state: Facts['pullRequest']['state']; labels: string[]; headSha: string; fork: boolean };
type Comment = { readonly id: number; readonly nodeId: string; readonly number: number; body: string };
type Check = { readonly id: number; readonly sha: string; content: CheckContent };
type Permission = Awaited<ReturnType<GitHubReader['permission']>>;
type Deployment = DeploymentContent & { readonly id: number; states: string[]; url?: string | undefined };

/** One repository on an in-memory GitHub: its state to be looked at and changed, every call counted, faults on request. */
export type FakeGitHub = GitHubReader &
  GitHubWriter & {
    repository: { owner: string; name: string; private: boolean; hasLabel: boolean };
    readonly pulls: Map<number, FakePull>;
    /** `.cloud/preview.yaml` by commit. */
    readonly configs: Map<string, ConfigFile>;
    /** `.cloud/` by commit; without an entry it is absent, or a folder with nothing but the config. */
    readonly clouds: Map<string, CloudFolder>;
    /** What is below `.cloud/`, by tree. */
    readonly files: Map<string, readonly CloudFile[]>;
    /** What CI says, by commit; without an entry it has said nothing. */
    readonly pipelines: Map<string, Pipeline>;
    /** Who put on which label, by `labelKey`. What a read finds without an entry was put on by `ann`, at the clock's time. */
    readonly labelled: Map<string, Labelled>;
    /** By login; who has no entry has none. */
    readonly permissions: Map<string, Permission>;
    /** Comments with a `/preview` line by others than the App. */
    personsComments: (PersonsComment & { readonly number: number })[];
    /** Writes such a comment and returns it; `by` is a login, a bot's ends with `[bot]`. */
    say(number: number, body: string, by?: string): PersonsComment;
    reactions: { readonly comment: number; readonly reaction: string }[];
    comments: Comment[];
    checks: Check[];
    deployments: Deployment[];
    /** Every write that was made, as `createComment`. */
    readonly writes: string[];
    /** How often `read` was called. */
    reads: number;
    /** The trees that `cloud` was asked for. */
    readonly cloudReads: string[];
    presenceIs: 'present' | 'suspended' | 'gone';
    /** True: GitHub says NOT_FOUND for the repository. */
    notFound: boolean;
    /** What the calls of these names throw; `lost` calls do their work first. */
    readonly fails: Map<string, () => Error>;
    readonly lost: Set<string>;
    /** Called after a read has been made, before its answer is given. */
    afterRead: () => void | Promise<void>;
  };

export const installation = 7;
export const repositoryId = 'R_kgDOFoo';

/** Where `labelled` keeps a label of a pull request. */
export function labelKey(number: number, label: string): string {
  return `${number}/${label.toLowerCase()}`;
}

/** Returns an in-memory GitHub with the repository bar/foo. */
export function openFakeGitHub(clock: FakeClock): FakeGitHub {
  let lastId = 1_000;
  const id = (): number => (lastId += 1);

  /** Runs one call: counted, refused, or done with its answer lost. */
  async function call<T>(name: string, make: () => T): Promise<T> {
    const fail = self.fails.get(name) ?? self.fails.get('*');
    if (fail) throw fail();
    if (!['read', 'cloud', 'permission'].includes(name)) self.writes.push(name);
    const made = make();
    if (self.lost.delete(name)) throw new Error(`the answer to ${name} was lost`);
    return Promise.resolve(made);
  }

  function factsOf(pull: FakePull): Facts {
    const url = `https://github.com/${self.repository.owner}/${self.repository.name}`;
    return {
      readAt: clock.iso(),
      repository: { owner: self.repository.owner, name: self.repository.name, private: self.repository.private, url },
      pullRequest: {
        state: pull.state,
        url: `${url}/pull/${pull.number}`,
        author: 'ann',
        labels: [...pull.labels],
        headSha: pull.headSha,
        headRef: 'feature',
        fork: pull.fork,
      },
      config: self.configs.get(pull.headSha) ?? { kind: 'absent' },
      cloud: self.clouds.get(pull.headSha) ?? (self.configs.has(pull.headSha) ? onlyConfig : { kind: 'absent' }),
      labelled: labelledOf(pull),
      pipeline: self.pipelines.get(pull.headSha) ?? { kind: 'read', checks: [] },
    };
  }

  /** A label that was taken off is forgotten, so that it has a new time once it is back. */
  function labelledOf(pull: FakePull): readonly Labelled[] {
    const on = new Set(pull.labels.map((label) => labelKey(pull.number, label)));
    for (const key of self.labelled.keys()) if (key.startsWith(`${pull.number}/`) && !on.has(key)) self.labelled.delete(key);
    return pull.labels.map((label) => {
      const key = labelKey(pull.number, label);
      const known = self.labelled.get(key) ?? { label, by: { login: 'ann', bot: false }, at: clock.iso() };
      self.labelled.set(key, known);
      return { ...known, label };
    });
  }

  function seenOf(key: PullRequestKey, headSha: string, environments: readonly string[]): Seen {
    const ours = self.comments.filter(({ number, body }) => number === key.number && body.includes(commentMarker(key))).sort((a, b) => a.id - b.id);
    const [comment, ...extra] = ours;
    const check = self.checks.findLast(({ sha }) => sha === headSha);
    const deployments = self.deployments.filter(({ payload, environment }) => payload['key'] === formatKey(key) && environments.includes(environment));
    return {
      comment: comment && { id: comment.id, nodeId: comment.nodeId, bodyHash: hashOfBody(comment.body) },
      extraComments: extra.map((one) => one.id),
      check: check && { id: check.id, completed: check.content.status === 'completed' },
      deployments: deployments.map(({ id: number, environment, sha, states }) => ({ id: number, environment, sha, state: states.at(-1) ?? 'pending' })),
    };
  }

  const onlyConfig: CloudFolder = { kind: 'folder', tree: 'c'.repeat(40), charts: [], manifests: false };
  const self: FakeGitHub = {
    repository: { owner: 'bar', name: 'foo', private: true, hasLabel: true },
    pulls: new Map(),
    configs: new Map(),
    clouds: new Map(),
    files: new Map(),
    pipelines: new Map(),
    labelled: new Map(),
    permissions: new Map([['ann', 'write']]),
    personsComments: [],
    say: (number, body, by = 'ann') => {
      const comment = { id: id(), by: { login: by, bot: by.endsWith('[bot]') }, at: clock.iso(), edited: false, body };
      self.personsComments.push({ ...comment, number });
      return comment;
    },
    reactions: [],
    comments: [],
    checks: [],
    deployments: [],
    writes: [],
    reads: 0,
    cloudReads: [],
    presenceIs: 'present',
    notFound: false,
    fails: new Map(),
    lost: new Set(),
    afterRead: () => undefined,
    read: async (key, known) => {
      self.reads += 1;
      const answer = await call('read', () => {
        const pull = self.pulls.get(key.number);
        if (self.notFound || !pull) return { kind: 'not-found', readAt: clock.iso() } as const;
        const comments = self.personsComments.filter(({ number }) => number === key.number).map(({ number: _number, ...comment }) => comment);
        return { kind: 'found', facts: factsOf(pull), seen: seenOf(key, pull.headSha, known.environments), comments } as const;
      });
      await self.afterRead();
      return answer;
    },
    presence: () => Promise.resolve(self.presenceIs),
    installations: () => Promise.resolve([{ id: installation, suspended: self.presenceIs === 'suspended' }]),
    repositories: async () => {
      const fail = self.fails.get('repositories') ?? self.fails.get('*');
      if (fail) throw fail();
      return Promise.resolve(self.presenceIs === 'present' ? [repositoryId] : []);
    },
    cloud: (_installation, _repository, tree) =>
      call('cloud', () => {
        self.cloudReads.push(tree);
        const files = self.files.get(tree);
        if (!files) throw new Error(`GitHub has no tree ${tree}`);
        return { tree, files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
      }),
    permission: (_installation, _repository, login) => call('permission', () => self.permissions.get(login) ?? 'none'),
    openPullRequests: (_installation, repositories, labels) => {
      const wanted = labels?.map((label) => label.toLowerCase());
      const open = [...self.pulls.values()].filter((pull) => pull.state === 'open' && (!wanted || pull.labels.some((label) => wanted.includes(label.toLowerCase()))));
      const pullRequests = open.map(({ number, headSha, labels: on }) => ({ number, headSha, labels: [...on], lastCommand: Math.max(0, ...self.personsComments.filter((one) => one.number === number).map(({ id: of }) => of)) }));
      const listing: RepositoryListing = { repository: repositoryId, owner: self.repository.owner, name: self.repository.name, hasLabel: self.repository.hasLabel, pullRequests };
      return Promise.resolve(repositories.includes(repositoryId) ? [listing] : []);
    },
    createComment: (on, body) =>
      call('createComment', () => {
        const number = id();
        self.comments.push({ id: number, nodeId: `IC_${number}`, number: on.number, body });
        return { id: number, nodeId: `IC_${number}`, at: clock.iso() };
      }),
    updateComment: (_on, number, body) =>
      call('updateComment', () => {
        const comment = self.comments.find((one) => one.id === number);
        if (!comment) return 'gone';
        comment.body = body;
        return { at: clock.iso() };
      }),
    deleteComment: (_on, number) =>
      call('deleteComment', () => {
        self.comments = self.comments.filter((one) => one.id !== number);
        return { at: clock.iso() };
      }),
    createCheck: (_on, { sha, ...content }) =>
      call('createCheck', () => {
        const number = id();
        self.checks.push({ id: number, sha, content });
        return { id: number, at: clock.iso() };
      }),
    updateCheck: (_on, number, content) =>
      call('updateCheck', () => {
        const check = self.checks.find((one) => one.id === number);
        if (!check) return 'gone';
        // A completed run is not opened again.
        check.content = check.content.status === 'completed' && content.status !== 'completed' ? { ...check.content, title: content.title, summary: content.summary } : content;
        return { at: clock.iso() };
      }),
    createDeployment: (_on, deployment) =>
      call('createDeployment', () => {
        const number = id();
        self.deployments.push({ ...deployment, id: number, states: [] });
        return { id: number, at: clock.iso() };
      }),
    setDeploymentState: (_on, number, { state, environmentUrl }) =>
      call(`setDeploymentState ${state}`, () => {
        const deployment = self.deployments.find((one) => one.id === number);
        if (!deployment) return 'gone';
        deployment.states.push(state);
        deployment.url = environmentUrl ?? deployment.url;
        return { at: clock.iso() };
      }),
    react: (_on, comment, reaction) =>
      call('react', () => {
        const there = self.reactions.some((one) => one.comment === comment && one.reaction === reaction);
        if (!there && self.personsComments.some((one) => one.id === comment)) self.reactions.push({ comment, reaction });
        return { at: clock.iso() };
      }),
    createLabel: () =>
      call('createLabel', () => {
        self.repository.hasLabel = true;
      }),
  };
  return self;
}
