import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainConfig, shaA, shaB, tenantsConfig } from '../support/world.ts';
import { ask, factsWith, frozen, type FactsParts } from '../support/previews.ts';

const file = (text: string) => ({ kind: 'file', text }) as const;
const valid = { sha: shaB, text: plainConfig };
const broken = file('imagee: x\n');

describe('decide: reasons', () => {
  type Row = [what: string, facts: FactsParts, parts: Parameters<typeof ask>[1], expected: [verdict: string, reason: string, previews: number, keepAll: boolean]];
  const rows: Row[] = [
    ['labelled', {}, {}, ['wanted', 'Labelled', 1, false]],
    ['a draft is like any other', {}, {}, ['wanted', 'Labelled', 1, false]],
    ['not labelled', { labels: [] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['other labels', { labels: ['bug', 'cd/deploy', 'preview'] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['a look-alike', { labels: ['cd/prеview'] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['closed', { state: 'closed' }, {}, ['not-wanted', 'Closed', 0, false]],
    ['merged', { state: 'merged' }, {}, ['not-wanted', 'Merged', 0, false]],
    ['closed, from a fork, with a broken config', { state: 'closed', fork: true, config: broken }, {}, ['not-wanted', 'Closed', 0, false]],
    ['closed, with a name that is held', { state: 'closed' }, { app: { name: 'foo', heldBy: 'bar/other' } }, ['not-wanted', 'Closed', 0, false]],
    ['a fork', { fork: true }, {}, ['refused', 'Fork', 0, false]],
    ['a fork without the label', { fork: true, labels: [] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['a fork with a broken config', { fork: true, config: broken }, {}, ['refused', 'Fork', 0, false]],
    ['a fork whose last config was valid', { fork: true }, { lastValid: valid }, ['refused', 'Fork', 0, false]],
    ['config broken', { config: broken }, {}, ['invalid', 'ConfigBroken', 0, true]],
    ['config broken after a valid one', { config: broken }, { lastValid: valid }, ['wanted', 'ConfigBroken', 1, false]],
    ['config unreadable', { config: { kind: 'unreadable', why: 'it is no UTF-8 text' } }, {}, ['invalid', 'ConfigBroken', 0, true]],
    ['config unreadable after a valid one', { config: { kind: 'unreadable', why: 'it is no UTF-8 text' } }, { lastValid: valid }, ['wanted', 'ConfigBroken', 1, false]],
    ['config missing', { config: { kind: 'absent' } }, {}, ['invalid', 'ConfigMissing', 0, true]],
    ['config missing after a valid one', { config: { kind: 'absent' } }, { lastValid: valid }, ['wanted', 'ConfigMissing', 1, false]],
    ['config broken, the last one no longer valid here', { config: broken }, { lastValid: { sha: shaB, text: `${tenantsConfig}tenants: [xx]\n` } }, ['invalid', 'ConfigBroken', 0, true]],
    ['config broken and unlabelled', { config: broken, labels: [] }, { lastValid: valid }, ['not-wanted', 'NotLabelled', 0, false]],
    ['a tenant that the project lacks', { labels: ['cd/preview/fr'] }, {}, ['refused', 'NoTenant', 0, false]],
    ['a tenant that nobody has', { labels: ['cd/preview/xx'], config: file(tenantsConfig) }, {}, ['refused', 'NoTenant', 0, false]],
    ['the name held', {}, { app: { name: 'foo', heldBy: 'bar/other' } }, ['invalid', 'NameHeld', 0, true]],
    ['the name held, unlabelled', { labels: [] }, { app: { name: 'foo', heldBy: 'bar/other' } }, ['not-wanted', 'NotLabelled', 0, false]],
    ['gone for the grace period', {}, { missing: true }, ['not-wanted', 'Missing', 0, false]],
  ];
  for (const [what, facts, parts, [verdict, reason, previews, keepAll]] of rows) {
    test(what, () => {
      const desired = ask(frozen(factsWith(facts)), frozen(parts));
      assert.deepEqual([desired.decision.verdict, desired.decision.reason, desired.previews.length, desired.keepAll], [verdict, reason, previews, keepAll]);
    });
  }

  test('a config that is not valid runs at the commit that was, and tells every problem with its line', () => {
    const desired = ask(factsWith({ config: file('imagee: x\nreplicas: no\n') }), { lastValid: valid });
    assert.equal(desired.previews[0]?.sha, shaB);
    assert.equal(desired.previews[0].image, `registry.bar.com/foo:${shaB}`);
    assert.deepEqual(desired.lastValid, valid);
    assert.ok(desired.decision.problems.some((problem) => problem.startsWith('.cloud/preview.yaml:1:1 imagee:')));
    assert.ok(desired.decision.problems.some((problem) => problem.startsWith('.cloud/preview.yaml:2:')));
  });

  test('a tenant that the platform has no more goes, and the others stay at the commit that was valid', () => {
    const text = `${tenantsConfig}tenants: [fr, xx]\n`;
    const desired = ask(factsWith({ config: file(text) }), { lastValid: { sha: shaB, text } });
    assert.deepEqual(desired.previews.map(({ tenant, sha }) => [tenant, sha]), [['fr', shaB]]);
    assert.equal(desired.keepAll, false);
    assert.match(desired.decision.problems.join(), /xx/);
  });

  test('a valid config is remembered with its commit; what is refused or unlabelled forgets none', () => {
    assert.deepEqual(ask(factsWith(), { lastValid: valid }).lastValid, { sha: shaA, text: plainConfig });
    for (const facts of [{ labels: [] }, { fork: true }, { state: 'closed' as const }]) {
      assert.deepEqual(ask(factsWith(facts), { lastValid: valid }).lastValid, valid);
    }
  });

  test('nothing of a fork’s config is told or remembered', () => {
    const desired = ask(factsWith({ fork: true, config: file('imagee: evil\n') }));
    assert.deepEqual(desired.decision.problems, []);
    assert.equal(desired.lastValid, undefined);
  });
});

describe('decide: tenants', () => {
  const all = ['fr', 'be', 'hr', 'hu'];
  const rows: [labels: string[], config: string, tenants: string[], problems: number][] = [
    [['cd/preview'], tenantsConfig, all, 0],
    [['CD/Preview'], tenantsConfig, all, 0],
    [['cd/preview/fr'], tenantsConfig, ['fr'], 0],
    [['CD/PREVIEW/Fr'], tenantsConfig, ['fr'], 0],
    [['cd/preview/hu', 'cd/preview/fr'], tenantsConfig, ['fr', 'hu'], 0],
    [['cd/preview/hu', 'cd/preview'], tenantsConfig, all, 0],
    [['cd/preview'], `${tenantsConfig}tenants: [be, fr]\n`, ['be', 'fr'], 0],
    [['cd/preview/hr', 'cd/preview/fr'], `${tenantsConfig}tenants: [fr]\n`, ['fr'], 1],
    [['cd/preview/hr'], `${tenantsConfig}tenants: [fr]\n`, [], 1],
    [['cd/preview/xx', 'cd/preview/be'], tenantsConfig, ['be'], 1],
    [['cd/preview/xx', 'cd/preview'], tenantsConfig, all, 1],
    [['cd/preview'], plainConfig, [''], 0],
    [['cd/preview/fr', 'cd/preview'], plainConfig, [''], 0],
  ];
  for (const [labels, config, tenants, problems] of rows) {
    test(`${labels.join(' + ')} of ${/tenants: .*/.exec(config)?.[0] ?? 'all tenants'}`, () => {
      const desired = ask(factsWith({ labels, config: file(config) }));
      assert.deepEqual(desired.previews.map(({ tenant }) => tenant), tenants);
      assert.equal(desired.decision.problems.length, problems);
    });
  }

  test('every name is computed, and the branch fills in values only', () => {
    const [preview] = ask(factsWith({ config: file(tenantsConfig), labels: ['cd/preview/be'], headRef: 'Feat/É' })).previews;
    assert.ok(preview);
    assert.equal(preview.namespace, 'foo-241-be');
    assert.equal(preview.host, 'foo-241-be.preview.bar.com');
    assert.equal(preview.url, 'https://foo-241-be.preview.bar.com');
    assert.equal(preview.ingressClass, 'haproxy-v1');
    assert.deepEqual(preview.env, [{ name: 'TENANT', value: 'be' }]);
    assert.equal(preview.readAt, '2026-11-22T08:00:00Z');
  });
});
