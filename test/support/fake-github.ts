import { hashOfBody, type ConfigFile, type Facts, type Seen } from '../../app/core/facts.ts';
import { formatKey, type PullRequestKey } from '../../app/core/key.ts';
import type { CheckContent, DeploymentContent, GitHubReader, GitHubWriter, RepositoryListing } from '../../app/core/ports.ts';
import { commentMarker } from '../../app/core/report/comment.ts';
import type { FakeClock } from './fake-clock.ts';

export type FakePull = { number: number; state: Facts['pullRequest']['state']; labels: string[]; headSha: string; fork: boolean };
type Comment = { readonly id: number; readonly nodeId: string; readonly number: number; body: string };
type Check = { readonly id: number; readonly sha: string; content: CheckContent };
type Deployment = DeploymentContent & { readonly id: number; states: string[]; url?: string | undefined };

/** One repository on an in-memory GitHub: its state to be looked at and changed, every call counted, faults on request. */
export type FakeGitHub = GitHubReader &
  GitHubWriter & {
    repository: { owner: string; name: string; private: boolean; hasLabel: boolean };
    readonly pulls: Map<number, FakePull>;
    /** `.cloud/preview.yaml` by commit. */
    readonly configs: Map<string, ConfigFile>;
    comments: Comment[];
    checks: Check[];
    deployments: Deployment[];
    /** Every write that was made, as `createComment`. */
    readonly writes: string[];
    /** How often `read` was called. */
    reads: number;
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

/** Returns an in-memory GitHub with the repository bar/foo. */
export function openFakeGitHub(clock: FakeClock): FakeGitHub {
  let lastId = 1_000;
  const id = (): number => (lastId += 1);

  /** Runs one call: counted, refused, or done with its answer lost. */
  async function call<T>(name: string, make: () => T): Promise<T> {
    const fail = self.fails.get(name) ?? self.fails.get('*');
    if (fail) throw fail();
    if (name !== 'read') self.writes.push(name);
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
      config: pull.fork ? { kind: 'absent' } : (self.configs.get(pull.headSha) ?? { kind: 'absent' }),
    };
  }

  function seenOf(key: PullRequestKey, headSha: string, environments: readonly string[]): Seen {
    const ours = self.comments.filter(({ number, body }) => number === key.number && body.includes(commentMarker(key))).sort((a, b) => a.id - b.id);
    const [comment, ...extra] = ours;
    const check = self.checks.findLast(({ sha }) => sha === headSha);
    const deployments = self.deployments.filter(({ payload, environment }) => payload['key'] === formatKey(key) && environments.includes(environment));
    return {
      comment: comment && { id: comment.id, nodeId: comment.nodeId, bodyHash: hashOfBody(comment.body) },
      extraComments: extra.map((one) => one.id),
      check: check && { id: check.id },
      deployments: deployments.map(({ id: number, environment, sha, states }) => ({ id: number, environment, sha, state: states.at(-1) ?? 'pending' })),
    };
  }

  const self: FakeGitHub = {
    repository: { owner: 'bar', name: 'foo', private: true, hasLabel: true },
    pulls: new Map(),
    configs: new Map(),
    comments: [],
    checks: [],
    deployments: [],
    writes: [],
    reads: 0,
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
        return { kind: 'found', facts: factsOf(pull), seen: seenOf(key, pull.headSha, known.environments) } as const;
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
    openPullRequests: (_installation, repositories, labels) => {
      const wanted = labels?.map((label) => label.toLowerCase());
      const open = [...self.pulls.values()].filter((pull) => pull.state === 'open' && (!wanted || pull.labels.some((label) => wanted.includes(label.toLowerCase()))));
      const pullRequests = open.map(({ number, headSha, labels: on }) => ({ number, headSha, labels: [...on] }));
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
    createLabel: () =>
      call('createLabel', () => {
        self.repository.hasLabel = true;
      }),
  };
  return self;
}
