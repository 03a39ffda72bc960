import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import * as queries from '../../app/io/github/queries.ts';

const published = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
const schema = buildSchema(readFileSync(published, 'utf8'), { assumeValidSDL: true });

const yesNo = [true, false];
const documents: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    yesNo.flatMap((comment) =>
      yesNo.map((deployments) => [
        `pull request, comment ${comment}, deployments ${deployments}`,
        queries.pullRequestQuery({ comment, deployments }),
      ]),
    ),
  ),
  ...Object.fromEntries(
    yesNo.map((deployments) => [`commit, deployments ${deployments}`, queries.commitQuery({ deployments })]),
  ),
  'earlier comments': queries.earlierCommentsQuery,
  ...Object.fromEntries(
    yesNo.map((labelled) => [`open pull requests, labelled ${labelled}`, queries.openPullRequestsQuery({ labelled })]),
  ),
  ...Object.fromEntries(
    yesNo.map((labelled) => [
      `next open pull requests, labelled ${labelled}`,
      queries.nextOpenPullRequestsQuery({ labelled }),
    ]),
  ),
};

for (const [name, document] of Object.entries(documents)) {
  test(`the query for ${name} is valid by GitHub's published schema`, () => {
    assert.deepEqual(validate(schema, parse(document)), []);
  });
}
