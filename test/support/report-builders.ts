import { healthOf, type TenantState } from '../../app/core/health.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import {
  nothingAsked,
  nothingSaid,
  type Decision,
  type Intent,
  type PullRequestRecord,
  type Said,
  type TenantRecord,
  type Trouble,
} from '../../app/core/record.ts';
import type { CommentInput } from '../../app/core/report/comment.ts';
import {
  complete,
  deployment,
  job,
  jobFailed,
  late,
  namespace,
  observed,
  pod,
  type PodParts,
  way,
} from './observed.ts';

/** Reports as a developer would meet them: each is a record and what the cluster shows, and has golden files of its name. */
export type ReportCase = { readonly name: string; readonly input: CommentInput };

export const oldSha = '9c1f0e6d2b7a4c58e3f10a9b8c7d6e5f4a3b2c1d';
export const newSha = '4fe2d1c0b9a8f7e6d5c4b3a2918f7e6d5c4b3a29';
const label = 'cd/preview';

export type Situation = {
  readonly record?: Partial<TenantRecord>;
  /** What is in the preview's namespace, given its name. */
  readonly objects: (namespaceName: string) => readonly KubernetesObject[];
};

/** A record of bar/foo#241 whose decision, tenants and facts are given. */
export function recordOf(parts: {
  readonly decision: Decision;
  readonly tenants?: Readonly<Record<string, Situation>>;
  readonly pullRequest?: Partial<PullRequestRecord['facts']['pullRequest']>;
  readonly said?: Partial<Said>;
  readonly intent?: Partial<Intent>;
  /** Its `.cloud/preview.yaml`; null: it has none, only charts. */
  readonly config?: string | null;
  readonly number?: number;
}): PullRequestRecord {
  const number = parts.number ?? 241;
  return {
    version: 1,
    key: { installation: 7, repository: 'R_kgDOABCDEF', number },
    facts: {
      readAt: '2026-11-22T08:00:00Z',
      repository: { owner: 'bar', name: 'foo', private: true, url: 'https://github.com/bar/foo' },
      pullRequest: {
        state: 'open',
        url: `https://github.com/bar/foo/pull/${number}`,
        author: 'octocat',
        labels: [label],
        headSha: newSha,
        headRef: 'feature/basket',
        fork: false,
        ...parts.pullRequest,
      },
      config: parts.config === null ? { kind: 'absent' } : { kind: 'file', text: parts.config ?? '' },
      cloud: { kind: 'folder', tree: 'a'.repeat(40), charts: [], manifests: false },
      labelled: [],
      pipeline: { kind: 'read', checks: [] },
    },
    lastValid: { sha: oldSha, text: '', cloud: { kind: 'absent' } },
    intent: { ...nothingAsked, ...parts.intent },
    missingSince: undefined,
    decision: parts.decision,
    tenants: Object.fromEntries(
      Object.entries(parts.tenants ?? {}).map(([tenant, situation]) => [
        tenant,
        { ...tenantRecord(tenant, number), ...situation.record },
      ]),
    ),
    said: { ...nothingSaid, ...parts.said },
  };
}

function tenantRecord(tenant: string, number: number): TenantRecord {
  return tenantRecordIn(`foo-${number}${tenant === '' ? '' : `-${tenant}`}`);
}

/** A record of a preview with one app, in a namespace of its own name. */
export function tenantRecordIn(namespace: string): TenantRecord {
  const host = `${namespace}.preview.bar.com`;
  const url = `https://${host}`;
  return {
    cluster: 'home',
    namespace,
    host,
    url,
    links: [{ part: '', url }],
    pins: {},
    restart: undefined,
    sha: newSha,
    wanted: true,
    trouble: undefined,
    tolerated: {},
  };
}

export function statesOf(record: PullRequestRecord, tenants: Readonly<Record<string, Situation>>): TenantState[] {
  return Object.entries(record.tenants).map(([tenant, one]) =>
    healthOf(tenant, one, observed(...(tenants[tenant]?.objects(one.namespace) ?? []))),
  );
}

export function reportCase(
  name: string,
  parts: Parameters<typeof recordOf>[0],
  logs: CommentInput['logs'] = {},
): ReportCase {
  const record = recordOf(parts);
  return {
    name,
    input: {
      record,
      states: statesOf(record, parts.tenants ?? {}),
      logs,
      label,
      example: { domain: 'preview.bar.com', tenants: ['fr', 'be', 'hr', 'hu'] },
    },
  };
}

const [labelled, before] = ['2026-11-22T08:03:10Z', '2026-11-21T15:40:00Z'];
const oldPod = (ns: string): KubernetesObject =>
  pod(ns, { name: 'foo-old', commit: oldSha, ready: true, created: before });
const base = (ns: string): KubernetesObject[] => [namespace(ns), ...way(ns)];

export const live: Situation = {
  objects: (ns) => [
    ...base(ns),
    deployment(ns, { commit: newSha, available: 1, conditions: complete(labelled) }),
    pod(ns, { name: 'foo-a', commit: newSha, ready: true }),
  ],
};
export const liveOld: Situation = {
  record: { sha: oldSha },
  objects: (ns) => [
    ...base(ns),
    deployment(ns, { commit: oldSha, available: 1, conditions: complete(before) }),
    oldPod(ns),
  ],
};
export const starting: Situation = {
  objects: (ns) => [...base(ns), deployment(ns, { commit: newSha }), pod(ns, { name: 'foo-a', commit: newSha })],
};
export const updating: Situation = {
  objects: (ns) => [
    ...base(ns),
    deployment(ns, { commit: newSha, available: 1, total: 2 }),
    oldPod(ns),
    pod(ns, { name: 'foo-a', commit: newSha, created: '2026-11-22T08:02:40Z' }),
  ],
};
export const removed: Situation = { record: { wanted: false }, objects: () => [] };
export const removing: Situation = {
  record: { wanted: false },
  objects: (ns) => [namespace(ns, '2026-11-22T09:30:00Z')],
};

/** A new pod that does not get ready; `old` when the version before still answers. */
export function failing(
  parts: Partial<PodParts>,
  options: { readonly old?: boolean; readonly late?: boolean } = {},
): Situation {
  return {
    objects: (ns) => [
      ...base(ns),
      deployment(ns, {
        commit: newSha,
        ...(options.old ? { available: 1, total: 2 } : {}),
        conditions: options.late ? [late('2026-11-22T08:07:00Z')] : [],
      }),
      ...(options.old ? [oldPod(ns)] : []),
      pod(ns, { name: 'foo-a', commit: newSha, ...parts }),
    ],
  };
}

export const crashing: Partial<PodParts> = {
  phase: 'Running',
  container: {
    restartCount: 3,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
    lastState: { terminated: { reason: 'Error', exitCode: 1 } },
  },
};
export const noImage: Partial<PodParts> = {
  container: {
    state: {
      waiting: { reason: 'ErrImagePull', message: 'rpc error: code = NotFound desc = manifest unknown: not found' },
    },
  },
};
export const noMemory: Partial<PodParts> = {
  phase: 'Running',
  container: {
    restartCount: 1,
    ready: false,
    state: { running: {} },
    lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
  },
};
export const noRoom: Partial<PodParts> = {
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/5 nodes are available: 5 Insufficient memory.',
      lastTransitionTime: '2026-11-22T08:01:02Z',
    },
  ],
};

export function blocked(
  trouble: Pick<Trouble, 'reason' | 'message' | 'problems' | 'job'>,
  situation: Situation = removed,
): Situation {
  return {
    ...situation,
    record: {
      ...situation.record,
      wanted: true,
      trouble: { ...trouble, failures: 2, retryAt: '2026-11-22T08:09:00Z' },
    },
  };
}

/** A preview with two apps of charts; `front` answers, and `api` does so unless it crashes. */
export function twoApps(namespaceName: string, api: 'live' | 'crashing'): Situation {
  const host = (part: string): string => namespaceName.replace('foo-241', `foo-241-${part}`) + '.preview.bar.com';
  const links = ['api', 'front'].map((part) => ({ part, url: `https://${host(part)}` }));
  const of = (name: string): { readonly name: string; readonly commit: string; readonly source: string } => ({
    name,
    commit: newSha,
    source: `.cloud/charts/${name}/templates/deployment.yaml`,
  });
  const down = api === 'crashing';
  return {
    record: { links, ...(links[0] ? { url: links[0].url, host: host('api') } : {}) },
    objects: (ns) => [
      namespace(ns),
      ...['api', 'front'].flatMap((name) => way(ns, { host: host(name), service: name })),
      deployment(ns, { ...of('api'), available: down ? 0 : 1, conditions: down ? [] : complete(labelled) }),
      deployment(ns, { ...of('front'), available: 1, conditions: complete(labelled) }),
      pod(ns, { name: 'api-a', of: 'api', commit: newSha, ...(down ? crashing : { ready: true }) }),
      pod(ns, { name: 'front-a', of: 'front', commit: newSha, ready: true }),
    ],
  };
}

/** A preview whose setup Job runs, or has failed, before anything of the new version starts. */
export function settingUp(namespaceName: string, state: 'running' | 'failed', situation: Situation): Situation {
  const name = 'setup-migrate-5f0c2b1a';
  const failed = state === 'failed';
  const runs: Partial<PodParts> = { phase: 'Running', container: { state: { running: {} } } };
  const ended: Partial<PodParts> = {
    phase: 'Failed',
    container: { state: { terminated: { reason: 'Error', exitCode: 1 } } },
  };
  const setup = (ns: string): readonly KubernetesObject[] => [
    job(ns, { name, commit: newSha, hook: 'setup', conditions: failed ? [jobFailed] : [] }),
    pod(ns, { ...(failed ? ended : runs), name: `${name}-x`, of: name, kind: 'Job', commit: newSha }),
  ];
  const message = `The setup Job ${name} failed: Job has reached the specified backoff limit`;
  const inside = { ...situation, objects: (ns: string) => [...situation.objects(ns), ...setup(ns)] };
  if (!failed) return { ...inside, record: { ...situation.record, sha: newSha } };
  const of = { namespace: namespaceName, name };
  return blocked({ reason: 'SetupFailed', message, job: of }, { ...inside, record: { ...situation.record, sha: newSha } });
}

export function kept(situation: Situation): Situation {
  const trouble: Trouble = {
    reason: 'TeardownPaused',
    message: 'Too many previews would go at once.',
    failures: 1,
    retryAt: '2026-11-22T09:31:00Z',
  };
  return { ...situation, record: { ...situation.record, wanted: false, trouble } };
}
