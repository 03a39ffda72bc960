import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../../app/io/render/differences.ts';

const one = { file: '.cloud/charts/api/templates/a.yaml', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } } };

test('objects that come and go are told with their file, whichever of two renderings has them', () => {
  const told = (from: number, to: number): object => ({ problems: [`${one.file}: renders to ${from} objects, then to ${to} — leave functions such as randAlphaNum and now out of conditions`] });
  assert.throws(() => settle([], [one]), told(0, 1));
  assert.throws(() => settle([one], [one, one]), told(1, 2));
  assert.deepEqual(settle([], []).objects, []);
});
