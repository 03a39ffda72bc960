/** GraphQL documents. A test validates each, with and without its optional parts, against GitHub's published schema. */

const comment = `
fragment OurComment on IssueComment {
  id
  fullDatabaseId
  viewerDidAuthor
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

const headCommit = (withDeployments: boolean) => `
fragment HeadCommit on Commit {
  oid
  file(path: $path) {
    mode
    object {
      __typename
      ... on Blob { text byteSize isBinary isTruncated }
    }
  }
  checkSuites(first: 10, filterBy: { appId: $appId }) {
    nodes { checkRuns(first: 10, filterBy: { checkName: $checkName, checkType: LATEST }) { nodes { databaseId } } }
  }
  ${withDeployments ? deployments : ''}
}
${withDeployments ? deployment : ''}`;

const commitVariables = (withDeployments: boolean) =>
  `$path: String!, $appId: Int!, $checkName: String!${withDeployments ? ', $environments: [String!]!' : ''}`;

/**
 * One pull request, all of it. With `comment` it asks for our remembered comment by node id; with `deployments` for
 * ours in `$environments`. Both are left out of the document, not sent as null, because a null environment list means
 * all of them.
 */
export function pullRequestQuery(parts: { readonly comment: boolean; readonly deployments: boolean }): string {
  const variables = `${commitVariables(parts.deployments)}${parts.comment ? ', $comment: ID!' : ''}`;
  return `
query AvantPullRequest($repository: ID!, $number: Int!, ${variables}) {
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
        comments(last: 100) { pageInfo { hasPreviousPage startCursor } nodes { ...OurComment } }
      }
      ${parts.deployments ? deployments : ''}
    }
  }
  ${parts.comment ? 'remembered: node(id: $comment) { __typename ...OurComment }' : ''}
}
${headCommit(parts.deployments)}
${comment}`;
}

/** The commit by its hash, for a pull request whose list of commits does not end with its head. */
export function commitQuery(parts: { readonly deployments: boolean }): string {
  return `
query AvantCommit($repository: ID!, $oid: GitObjectID!, ${commitVariables(parts.deployments)}) {
  repository: node(id: $repository) {
    __typename
    ... on Repository { object(oid: $oid) { __typename ...HeadCommit } }
  }
}
${headCommit(parts.deployments)}`;
}

/** The hundred comments before a cursor. */
export const earlierCommentsQuery = `
query AvantEarlierComments($repository: ID!, $number: Int!, $before: String!) {
  repository: node(id: $repository) {
    __typename
    ... on Repository {
      pullRequest(number: $number) {
        comments(last: 100, before: $before) { pageInfo { hasPreviousPage startCursor } nodes { ...OurComment } }
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
        nodes { number headRefOid labels(first: 100) { totalCount nodes { name } } }
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
