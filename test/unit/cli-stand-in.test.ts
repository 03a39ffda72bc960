import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { platformFor } from '../../app/cli/stand-in.ts';
import type { Platform } from '../../app/config/platform.ts';

const standIn = (text: string): Platform => {
  const options = { config: undefined, tenant: undefined, secrets: [], repository: undefined, kubeVersion: undefined };
  return platformFor(options, 'bar/foo', { kind: 'file', text });
};

describe('avant validate without a platform config', () => {
  const rows: [what: string, text: string, tenants: string[], ways: string[]][] = [
    ['names nothing', 'image: a', [], ['open']],
    ['names tenants', 'tenants: [fr, be, FR, all]', ['fr', 'be'], ['open']],
    ['names tenants for the door', 'tenants: [fr]\ntraffic: { tenants: { be: {}, fr: {} } }\napps: { a: { traffic: { tenants: { hu: {}, "a b": {} } } } }', ['fr', 'be', 'hu'], ['open']],
    ['names ways to look', 'access: office\napps: { a: { access: sso }, b: { access: office }, c: { access: open }, d: { access: A }, e: { access: [x] } }', [], ['open', 'office', 'sso']],
    ['cannot be read', 'access: [', [], ['open']],
  ];
  for (const [what, text, tenants, ways] of rows)
    test(`has what a project names that ${what}`, () => {
      const platform = standIn(text);
      assert.deepEqual(platform.tenants, tenants);
      assert.deepEqual(Object.keys(platform.access.ways), ways);
      assert.deepEqual(platform.access.choices, ways);
    });
});
