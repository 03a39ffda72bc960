import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import * as queries from '../../app/io/github/queries.ts';

const published = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
const schema = buildSchema(readFileSync(published, 'utf8'), { assumeValidSDL: true });

const yesNo = [true, false];
const commits = yesNo.flatMap((deployments) => yesNo.map((charts) => ({ deployments, charts })));
const documents: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    commits.flatMap((parts) =>
      yesNo.map((comment) => [
        `pull request, ${JSON.stringify({ comment, ...parts })}`,
        queries.pullRequestQuery({ comment, ...parts }),
      ]),
    ),
  ),
  ...Object.fromEntries(commits.map((parts) => [`commit, ${JSON.stringify(parts)}`, queries.commitQuery(parts)])),
  'further checks': queries.furtherChecksQuery,
  'one file': queries.blobsQuery(1),
  'fifty files': queries.blobsQuery(50),
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
