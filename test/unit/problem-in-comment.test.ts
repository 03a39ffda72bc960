import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartObjects } from '../support/chart-objects.ts';
import { openWorld, plainConfig, shaA } from '../support/world.ts';

test('what is wrong with a field is told whole, also where its name is that of a secret', async () => {
  const world = openWorld();
  await world.open(241, { config: `${plainConfig}env: { DB_PASSWORD: [a] }\ntraffic: { requestHeaders: { Authorization: "Basic é", X-Api-Key: "a\\tb", Proxy-Authorization: x, Cookie: "a\\tb" } }\n` });
  await world.settle(5_000);
  const comment = world.comment(241);
  assert.doesNotMatch(comment, /redacted/);
  for (const field of ['Authorization', 'X-Api-Key']) assert.match(comment, new RegExp(`traffic\\.requestHeaders\\.${field} — has characters that no header may have — `));
  assert.match(comment, /traffic\.requestHeaders\.Proxy-Authorization — /);
  assert.match(comment, /traffic\.requestHeaders\.Cookie: has characters/);
  assert.match(comment, /`env\.DB_PASSWORD` — expected/);
});

test('so is what the guard says of one', async () => {
  const world = openWorld();
  world.cloudAt(shaA, { charts: ['web'] });
  const [secret] = chartObjects.other('v1', 'Secret', 'web');
  assert.ok(secret);
  world.charts.set('web', () => [{ ...secret, object: { ...secret.object, stringData: { password: 3 } } }]);
  await world.open(241, { config: undefined });
  await world.settle(5_000);
  assert.doesNotMatch(world.comment(241), /redacted/);
  assert.match(world.comment(241), /stringData\.password`? — is /);
});
