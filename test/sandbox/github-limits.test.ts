import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphql, installationToken, withPullRequest } from './github-started.ts';
import { nowSeconds, ask } from './github-asking.ts';

describe('budgets', () => {
  test('every answer tells what is left, and after the last comes 403', async () => {
    const { github } = await withPullRequest({ rateLimit: 3 });
    const read = (token: string) => ask(`${github.url}/api/v3/repos/m6/foo`, `Bearer ${token}`);
    const first = await read('ada');
    assert.deepEqual(
      ['limit', 'remaining', 'used', 'resource'].map((name) => first.headers.get(`x-ratelimit-${name}`)),
      ['3', '2', '1', 'core'],
    );
    assert.ok(Number(first.headers.get('x-ratelimit-reset')) > nowSeconds());
    assert.match(first.headers.get('x-github-request-id') ?? '', /^[0-9A-F]+$/);
    assert.ok(first.headers.get('date'));
    await read('ada');
    await read('ada');
    const over = await read('ada');
    assert.equal(over.status, 403);
    assert.match(over.message ?? '', /^API rate limit exceeded for user ID \d+\.$/);
    assert.equal(over.headers.get('x-ratelimit-remaining'), '0');
    assert.equal((await read('bob')).status, 200);
    const answers = [];
    for (let times = 0; times < 4; times += 1)
      answers.push(await graphql(github, 'ada', '{ rateLimit { cost remaining } }'));
    assert.deepEqual(answers[2]?.data, { rateLimit: { cost: 1, remaining: 0 } });
    assert.equal(answers[3]?.errors?.[0]?.type, 'RATE_LIMITED');
  });

  test('writes that come too fast meet the secondary limit, where it is on', async () => {
    let time = Date.now();
    const { github, installation } = await withPullRequest({
      contentLimit: { perMinute: 2, perHour: 3 },
      now: () => new Date(time),
    });
    const token = await installationToken(github, installation);
    const write = () =>
      fetch(`${github.url}/api/v3/repos/m6/foo/issues/241/comments`, {
        method: 'POST',
        headers: { authorization: `token ${token}` },
        body: '{"body":"x"}',
      });
    assert.deepEqual([(await write()).status, (await write()).status], [201, 201]);
    const third = await write();
    assert.equal(third.status, 403);
    assert.equal(third.headers.get('retry-after'), '60');
    assert.match(await third.text(), /secondary rate limit/);
    time += 61_000;
    assert.equal((await write()).status, 201);
    time += 61_000;
    assert.equal((await write()).status, 403);
  });
});
