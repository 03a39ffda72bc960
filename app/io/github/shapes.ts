import * as z from 'zod';
import { wholeSeconds } from './answer.ts';

/** What the documents of `queries.ts` bring, as far as we rely on it. Anything else is thrown at the edge. */

const id = z.string().min(1);
const oid = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'expected a commit hash');
const labels = z
  .object({ totalCount: z.int(), nodes: z.array(z.object({ name: z.string() })) })
  .refine(({ totalCount, nodes }) => totalCount === nodes.length, 'expected every label')
  .transform(({ nodes }) => nodes.map(({ name }) => name));

/** GitHub's BigInt is a text. */
const bigInt = z.union([z.string().regex(/^\d+$/).transform(Number), z.number()]).pipe(z.int().positive());

/** A moment as ISO 8601 with whole seconds. */
const moment = z.iso.datetime({ offset: true }).transform((text) => wholeSeconds(new Date(text)));

/** Null: the account is gone. */
const actorShape = z.object({ __typename: z.string(), login: id }).nullable();
export type ActorNode = z.infer<typeof actorShape>;

const commentShape = z.object({
  id,
  fullDatabaseId: bigInt,
  viewerDidAuthor: z.boolean(),
  author: actorShape,
  createdAt: moment,
  lastEditedAt: moment.nullable(),
  body: z.string(),
});
export type CommentNode = z.infer<typeof commentShape>;

const commentsShape = z.object({
  pageInfo: z.object({ hasPreviousPage: z.boolean(), startCursor: z.string().nullable() }),
  nodes: z.array(commentShape),
});
export type CommentPage = z.infer<typeof commentsShape>;

const deploymentsShape = z.object({
  nodes: z.array(
    z.object({
      databaseId: z.int().nullable(),
      commitOid: oid,
      environment: z.string().nullable(),
      payload: z.string().nullable(),
      latestStatus: z.object({ state: z.string() }).nullable(),
    }),
  ),
});
export type DeploymentNode = z.infer<typeof deploymentsShape>['nodes'][number];

const blobShape = z.object({
  __typename: z.literal('Blob'),
  text: z.string().nullable(),
  byteSize: z.int(),
  isBinary: z.boolean().nullable(),
  isTruncated: z.boolean(),
});
const fileShape = z.object({
  mode: z.int(),
  object: z
    .discriminatedUnion('__typename', [
      blobShape,
      z.object({ __typename: z.literal('Tree') }),
      z.object({ __typename: z.literal('Commit') }),
      z.object({ __typename: z.literal('Tag') }),
    ])
    .nullable(),
});
export type FileNode = z.infer<typeof fileShape>;

const folderShape = z
  .object({
    mode: z.int(),
    object: z
      .object({
        __typename: z.string(),
        oid: oid.optional(),
        entries: z.array(z.object({ name: z.string(), mode: z.int() })).optional(),
      })
      .nullable(),
  })
  .nullable();
export type FolderNode = NonNullable<z.infer<typeof folderShape>>;

/** Null where GitHub has nothing, or gives no reading (an error beside the answer says so). */
const contextsShape = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  nodes: z.array(
    z
      .discriminatedUnion('__typename', [
        z.object({
          __typename: z.literal('StatusContext'),
          context: z.string(),
          state: z.string(),
          targetUrl: z.string().nullable(),
        }),
        z.object({
          __typename: z.literal('CheckRun'),
          databaseId: z.int().nullable(),
          name: z.string(),
          status: z.string(),
          conclusion: z.string().nullable(),
          detailsUrl: z.string().nullable(),
          checkSuite: z.object({ app: z.object({ databaseId: z.int().nullable() }).nullable() }),
        }),
      ])
      .nullable(),
  ),
});
export type ContextPage = z.infer<typeof contextsShape>;
export type ContextNode = NonNullable<ContextPage['nodes'][number]>;
const rollupShape = z.object({ contexts: contextsShape }).nullable();

const commitShape = z.object({
  oid,
  file: fileShape.nullable(),
  cloud: folderShape,
  charts: folderShape,
  manifests: folderShape,
  statusCheckRollup: rollupShape,
  checkSuites: z.object({
    nodes: z.array(
      z.object({
        checkRuns: z.object({ nodes: z.array(z.object({ databaseId: z.int().nullable(), status: z.string() })) }),
      }),
    ),
  }),
  deployments: deploymentsShape.optional(),
});
export type CommitNode = z.infer<typeof commitShape>;

const repositoryType = z.literal('Repository');

export const pullRequestShape = z.object({
  repository: z.object({
    __typename: repositoryType,
    id,
    name: id,
    isPrivate: z.boolean(),
    url: id,
    owner: z.object({ login: id }),
    pullRequest: z.object({
      state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
      url: id,
      headRefOid: oid,
      headRefName: id,
      isCrossRepository: z.boolean(),
      headRepository: z.object({ id }).nullable(),
      author: z.object({ login: id }).nullable(),
      labels,
      timelineItems: z.object({
        nodes: z.array(
          z.object({ createdAt: moment, actor: actorShape, label: z.object({ name: z.string() }) }).nullable(),
        ),
      }),
      commits: z.object({ nodes: z.array(z.object({ commit: commitShape })) }),
      comments: commentsShape,
    }),
    deployments: deploymentsShape.optional(),
  }),
  remembered: commentShape
    .extend({ __typename: z.literal('IssueComment') })
    .nullable()
    .optional(),
});
export type PullRequestAnswer = z.infer<typeof pullRequestShape>;
export type LabeledNode = PullRequestAnswer['repository']['pullRequest']['timelineItems']['nodes'][number];

export const commitAnswerShape = z.object({
  repository: z.object({ __typename: repositoryType, object: commitShape.extend({ __typename: z.literal('Commit') }) }),
});

export const furtherChecksShape = z.object({
  repository: z.object({
    __typename: repositoryType,
    object: z.object({ __typename: z.literal('Commit'), statusCheckRollup: rollupShape }),
  }),
});

export const earlierCommentsShape = z.object({
  repository: z.object({ __typename: repositoryType, pullRequest: z.object({ comments: commentsShape }) }),
});

const openPullRequestsShape = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  nodes: z.array(
    z.object({
      number: z.int().positive(),
      headRefOid: oid,
      labels,
      comments: z.object({ nodes: z.array(commentShape.pick({ fullDatabaseId: true, viewerDidAuthor: true, body: true })) }),
    }),
  ),
});
export type OpenPullRequestPage = z.infer<typeof openPullRequestsShape>;

export const openPullRequestsAnswerShape = z.object({
  nodes: z.array(
    z
      .object({
        __typename: repositoryType,
        name: id,
        owner: z.object({ login: id }),
        label: z.object({ id }).nullable().optional(),
        pullRequests: openPullRequestsShape,
      })
      .nullable(),
  ),
});

export const nextOpenPullRequestsShape = z.object({
  repository: z.object({ __typename: repositoryType, pullRequests: openPullRequestsShape }),
});

/** Of an object that is no blob only its kind is told; null: there is none. */
export const blobsAnswerShape = z.object({
  repository: z.record(
    z.string(),
    z
      .object({
        __typename: z.string(),
        isBinary: z.boolean().nullish(),
        isTruncated: z.boolean().optional(),
        text: z.string().nullish(),
      })
      .nullable(),
  ),
});
