/** GraphQL documents. A test validates each, with and without its optional parts, against GitHub's published schema. */

const comment = `
fragment ReadComment on IssueComment {
  id
  fullDatabaseId
  viewerDidAuthor
  author { __typename login }
  createdAt
  lastEditedAt
  body
}`;

const deployment = `
fragment OurDeployment on Deployment {
  databaseId
  commitOid
  environment
  payload
  latestStatus { state }
}`;

/**
 * Cost: one point. Deployments of a commit are few and complete; a repository's environment has those of every pull
 * request.
 */
const deployments = `
  deployments(environments: $environments, first: 100, orderBy: { field: CREATED_AT, direction: DESC }) {
    nodes { ...OurDeployment }
  }`;

/** Statuses and check runs; the app of a run tells which are ours. */
const checks = `
fragment Checks on StatusCheckRollupContextConnection {
  pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on StatusContext { context state targetUrl }
    ... on CheckRun { databaseId name status conclusion detailsUrl checkSuite { app { databaseId } } }
  }
}`;

/** Of the folders only the charts' names are listed: the rest of `.cloud/` may have any number of files. */
const headCommit = (parts: CommitParts) => `
fragment HeadCommit on Commit {
  oid
  file(path: $path) {
    mode
    object {
      __typename
      ... on Blob { text byteSize isBinary isTruncated }
    }
  }
  cloud: file(path: ".cloud") { mode object { __typename ... on Tree { oid } } }
  charts: file(path: ".cloud/charts") {
    mode
    object { __typename ${parts.charts ? '... on Tree { entries { name mode } }' : ''} }
  }
  manifests: file(path: ".cloud/manifests") { mode object { __typename } }
  statusCheckRollup { contexts(first: 100) { ...Checks } }
  checkSuites(first: 10, filterBy: { appId: $appId }) {
    nodes { checkRuns(first: 10, filterBy: { checkName: $checkName, checkType: LATEST }) { nodes { databaseId status } } }
  }
  ${parts.deployments ? deployments : ''}
}
${checks}
${parts.deployments ? deployment : ''}`;

/** Which parts of a commit are asked for: our deployments in `$environments`, the names of the charts. */
export type CommitParts = { readonly deployments: boolean; readonly charts: boolean };

const commitVariables = (withDeployments: boolean) =>
  `$path: String!, $appId: Int!, $checkName: String!${withDeployments ? ', $environments: [String!]!' : ''}`;

/**
 * One pull request, all of it. With `comment` it asks for our remembered comment by node id; with `deployments` for
 * ours in `$environments`. Both are left out of the document, not sent as null, because a null environment list means
 * all of them. `$comments`: how many of the newest.
 */
export function pullRequestQuery(parts: CommitParts & { readonly comment: boolean }): string {
  const variables = `${commitVariables(parts.deployments)}${parts.comment ? ', $comment: ID!' : ''}`;
  return `
query AvantPullRequest($repository: ID!, $number: Int!, $comments: Int!, ${variables}) {
  repository: node(id: $repository) {
    __typename
    ... on Repository {
      id
      name
      isPrivate
      url
      owner { login }
      pullRequest(number: $number) {
        state
        url
        headRefOid
        headRefName
        isCrossRepository
        headRepository { id }
        author { login }
        labels(first: 100) { totalCount nodes { name } }
        commits(last: 1) { nodes { commit { ...HeadCommit } } }
        timelineItems(last: 100, itemTypes: [LABELED_EVENT]) {
          nodes { ... on LabeledEvent { createdAt actor { __typename login } label { name } } }
        }
        comments(last: $comments) { pageInfo { hasPreviousPage startCursor } nodes { ...ReadComment } }
      }
      ${parts.deployments ? deployments : ''}
    }
  }
  ${parts.comment ? 'remembered: node(id: $comment) { __typename ...ReadComment }' : ''}
}
${headCommit(parts)}
${comment}`;
}

/** The commit by its hash, for a pull request whose list of commits does not end with its head. */
export function commitQuery(parts: CommitParts): string {
  return `
query AvantCommit($repository: ID!, $oid: GitObjectID!, ${commitVariables(parts.deployments)}) {
  repository: node(id: $repository) {
    __typename
    ... on Repository { object(oid: $oid) { __typename ...HeadCommit } }
  }
}
${headCommit(parts)}`;
}

/** The hundred statuses and check runs of a commit after a cursor. */
export const furtherChecksQuery = `
query AvantFurtherChecks($repository: ID!, $oid: GitObjectID!, $after: String!) {
  repository: node(id: $repository) {
    __typename
    ... on Repository {
      object(oid: $oid) {
        __typename
        ... on Commit { statusCheckRollup { contexts(first: 100, after: $after) { ...Checks } } }
      }
    }
  }
}
${checks}`;

/** The comments before a cursor, `$comments` of them. */
export const earlierCommentsQuery = `
query AvantEarlierComments($repository: ID!, $number: Int!, $comments: Int!, $before: String!) {
  repository: node(id: $repository) {
    __typename
    ... on Repository {
      pullRequest(number: $number) {
        comments(last: $comments, before: $before) { pageInfo { hasPreviousPage startCursor } nodes { ...ReadComment } }
      }
    }
  }
}
${comment}`;

const openPullRequests = (labelled: boolean, after: boolean) => `
      pullRequests(
        states: OPEN, first: 100, orderBy: { field: CREATED_AT, direction: ASC }
        ${labelled ? 'labels: $labels' : ''} ${after ? 'after: $after' : ''}
      ) {
        pageInfo { hasNextPage endCursor }
        nodes {
          number
          headRefOid
          labels(first: 100) { totalCount nodes { name } }
          comments(last: 20) { nodes { fullDatabaseId viewerDidAuthor body } }
        }
      }`;

/**
 * The first hundred open pull requests of each of some repositories; with `labelled` those that have one of `$labels`.
 */
export function openPullRequestsQuery(parts: { readonly labelled: boolean }): string {
  return `
query AvantOpenPullRequests($ids: [ID!]!${parts.labelled ? ', $labels: [String!]!, $label: String!' : ''}) {
  nodes(ids: $ids) {
    __typename
    ... on Repository {
      name
      owner { login }
      ${parts.labelled ? 'label(name: $label) { id }' : ''}
      ${openPullRequests(parts.labelled, false)}
    }
  }
}`;
}

/** The next hundred of one repository. */
export function nextOpenPullRequestsQuery(parts: { readonly labelled: boolean }): string {
  return `
query AvantNextOpenPullRequests($repository: ID!, $after: String!${parts.labelled ? ', $labels: [String!]!' : ''}) {
  repository: node(id: $repository) {
    __typename
    ... on Repository {${openPullRequests(parts.labelled, true)}
    }
  }
}`;
}

/** Some files of a repository by their hashes: `$oid0` and so on are answered as `blob0` and so on. */
export function blobsQuery(count: number): string {
  const places = Array.from({ length: count }, (_, index) => index);
  return `
query AvantBlobs($owner: String!, $name: String!, ${places.map((index) => `$oid${index}: GitObjectID!`).join(', ')}) {
  repository(owner: $owner, name: $name) {
    ${places.map((index) => `blob${index}: object(oid: $oid${index}) { ...Content }`).join('\n    ')}
  }
}
fragment Content on GitObject {
  __typename
  ... on Blob { isBinary isTruncated text }
}`;
}
