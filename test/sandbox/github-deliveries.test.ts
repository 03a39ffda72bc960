import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asApp, receiver, withPullRequest } from './github-started.ts';
import { secret, thank, deliveredFor } from './github-asking.ts';

describe('the log', () => {
  test('keeps what was sent and answered, and sends again under the same id', async () => {
    const { url, got } = await receiver((response) => {
      response.statusCode = got.length === 1 ? 500 : 202;
      response.end('noted');
    });
    const { github } = await withPullRequest();
    github.setWebhook(url);
    await deliveredFor(github, got, () => github.world.addLabel('m6/foo', 241, 'x'));
    const client = asApp(github).rest.apps;
    const [failed] = (await client.listWebhookDeliveries()).data;
    assert.ok(failed);
    assert.deepEqual(
      [failed.event, failed.action, failed.status_code, failed.status, failed.redelivery],
      ['pull_request', 'labeled', 500, 'Invalid HTTP Response: 500', false],
    );
    assert.ok(failed.duration > 0 && failed.duration < 10);
    assert.equal((await client.redeliverWebhookDelivery({ delivery_id: failed.id })).status, 202);
    await github.deliveries.settled();
    const { data: list } = await client.listWebhookDeliveries({ per_page: 1 });
    assert.deepEqual([list[0]?.guid, list[0]?.redelivery, list[0]?.status], [failed.guid, true, 'OK']);
    assert.equal(got[0]?.headers['x-github-delivery'], got[1]?.headers['x-github-delivery']);
    assert.equal(got[0]?.body, got[1]?.body);
    const one = await client.getWebhookDelivery({ delivery_id: list[0]!.id });
    assert.deepEqual(
      [one.data.response.payload, (one.data.request.payload as { action: string }).action],
      ['noted', 'labeled'],
    );
    await assert.rejects(client.redeliverWebhookDelivery({ delivery_id: 1 }), { status: 404 });
  });

  test('comes in pages by cursor, newest first', async () => {
    const { url } = await receiver(thank);
    const { github } = await withPullRequest({ webhook: { url, secret } });
    await github.deliveries.settled();
    const client = asApp(github);
    const pages = await client.paginate(client.rest.apps.listWebhookDeliveries, { per_page: 1 });
    assert.deepEqual(
      pages.map(({ id }) => id),
      github.deliveries
        .all()
        .map(({ id }) => id)
        .reverse(),
    );
    assert.ok(pages.length >= 3);
  });

  test('says when nobody answers; nothing is tried again and nothing is sent without an address', async () => {
    const { github } = await withPullRequest();
    assert.equal(github.deliveries.all().length, 0);
    github.setWebhook('http://127.0.0.1:9/');
    github.world.addLabel('m6/foo', 241, 'x');
    github.setWebhook('not an address');
    github.world.addLabel('m6/foo', 241, 'y');
    await github.deliveries.settled();
    assert.deepEqual(
      github.deliveries.all().map(({ statusCode, status }) => [statusCode, status]),
      [
        [502, 'failed to connect to host'],
        [502, 'failed to connect to host'],
      ],
    );
  });

  test('is not waited for at the end', async () => {
    const { url } = await receiver(() => undefined);
    const { github } = await withPullRequest({ webhook: { url, secret } });
    github.world.addLabel('m6/foo', 241, 'x');
    await github.close();
    assert.ok(github.deliveries.all().every(({ statusCode }) => statusCode !== 0));
  });
});
