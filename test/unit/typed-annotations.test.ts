import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fields } from '../../app/core/traffic/fields.ts';
import { insteadOf, typedFieldOf } from '../../app/core/traffic/typed-annotations.ts';

const names = ['timeout-http-request', 'timeout-keep-alive', 'timeout-http-keep-alive', 'timeout-server', 'timeout-connect', 'timeout-tunnel', 'timeout-queue', 'limit-rps', 'auth-secret', 'config-backend', 'ssl-redirect', 'rewrite-target', 'proxy-body-size'];

test('no advice names a field that projects do not have', () => {
  const advice = names.map((name) => insteadOf(typedFieldOf(`haproxy-ingress.github.io/${name}`) ?? ''));
  const known = Object.values(fields).map(({ name }) => name);
  for (const [, field] of advice.flatMap((text) => [...text.matchAll(/write (traffic\.[\w.]+)/g)])) assert.ok(known.some((name) => name === field || name.startsWith(`${field}.`)), field);
  assert.ok(advice[0]?.startsWith('take it out: what the door does'), advice[0]);
  assert.equal(advice[3], 'take it out, and write traffic.timeouts.server in .cloud/preview.yaml');
});
