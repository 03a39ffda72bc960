import { healthOf, type TenantState } from '../../app/core/health.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import {
  nothingSaid,
  type Decision,
  type PullRequestRecord,
  type Said,
  type TenantRecord,
  type Trouble,
} from '../../app/core/record.ts';
import type { CommentInput } from '../../app/core/report/comment.ts';
import { complete, deployment, ingress, late, namespace, observed, pod, type PodParts } from './observed.ts';

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
      config: { kind: 'absent' },
    },
    lastValid: { sha: oldSha, text: '' },
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
  const name = `foo-${number}${tenant === '' ? '' : `-${tenant}`}`;
  const host = `${name}.preview.bar.com`;
  return {
    cluster: 'home',
    namespace: name,
    host,
    url: `https://${host}`,
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
const base = (ns: string): KubernetesObject[] => [namespace(ns), ingress(ns)];

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

export function blocked(reason: Trouble['reason'], message: string, situation: Situation = removed): Situation {
  return {
    ...situation,
    record: {
      ...situation.record,
      wanted: true,
      trouble: { reason, message, failures: 2, retryAt: '2026-11-22T08:09:00Z' },
    },
  };
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
