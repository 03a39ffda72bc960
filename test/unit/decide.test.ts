import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CloudFolder, Facts, PipelineCheck } from '../../app/core/facts.ts';
import type { Intent, LastValid } from '../../app/core/record.ts';
import type { Question } from '../../app/reconcile/question.ts';
import { plainConfig, platformFrom, shaA, shaB, shaC, tenantsConfig } from '../support/world.ts';
import { ask, factsWith, frozen, intentFor, type FactsParts } from '../support/previews.ts';

const file = (text: string) => ({ kind: 'file', text }) as const;
const absent = { kind: 'absent' } as const;
const valid: LastValid = { sha: shaB, text: plainConfig, cloud: absent };
const broken = file('imagee: x\n');
const at = '2026-11-22T07:30:00Z';
const approval = (sha: string): Partial<Intent> => ({ approved: { sha, by: 'ann', at } });
const stop: Partial<Intent> = { stopped: { by: 'ann', at } };
const labelledBy = (may: boolean, label = 'cd/preview'): Intent => intentFor([], { labellers: [{ label, by: 'eve', at, may }] });

describe('decide: reasons', () => {
  type Row = [what: string, facts: FactsParts, parts: Parameters<typeof ask>[1], expected: [verdict: string, reason: string, previews: number, keepAll: boolean]];
  const rows: Row[] = [
    ['labelled', {}, {}, ['wanted', 'Labelled', 1, false]],
    ['a draft is like any other', {}, {}, ['wanted', 'Labelled', 1, false]],
    ['not labelled', { labels: [] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['other labels', { labels: ['bug', 'cd/deploy', 'preview'] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['a look-alike', { labels: ['cd/prеview'] }, {}, ['refused', 'LookAlike', 0, false]],
    ['a look-alike after a valid one', { labels: ['cd/prеview'] }, { lastValid: valid }, ['refused', 'LookAlike', 0, false]],
    ['a look-alike beside the label', { labels: ['cd/prеview', 'cd/preview'] }, {}, ['wanted', 'Labelled', 1, false]],
    ['closed', { state: 'closed' }, {}, ['not-wanted', 'Closed', 0, false]],
    ['merged', { state: 'merged' }, {}, ['not-wanted', 'Merged', 0, false]],
    ['closed, from a fork, with a broken config', { state: 'closed', fork: true, config: broken }, {}, ['not-wanted', 'Closed', 0, false]],
    ['closed, with a name that is held', { state: 'closed' }, { app: { name: 'foo', heldBy: 'bar/other' } }, ['not-wanted', 'Closed', 0, false]],
    ['a fork', { fork: true }, {}, ['refused', 'Fork', 0, false]],
    ['a fork without the label', { fork: true, labels: [] }, {}, ['not-wanted', 'NotLabelled', 0, false]],
    ['a fork with a broken config', { fork: true, config: broken }, {}, ['refused', 'Fork', 0, false]],
    ['a fork whose last commit was approved and valid', { fork: true }, { lastValid: valid }, ['refused', 'Fork', 0, true]],
    ['a fork that is approved', { fork: true }, { intent: intentFor(['cd/preview'], approval(shaA)) }, ['wanted', 'Labelled', 1, false]],
    ['a fork of which an older commit is approved', { fork: true }, { intent: intentFor(['cd/preview'], approval(shaB)) }, ['refused', 'Fork', 0, false]],
    ['a fork that is approved where none are let in', { fork: true }, { intent: intentFor(['cd/preview'], approval(shaA)), platform: { forks: 'never' } }, ['refused', 'ForksNever', 0, false]],
    ['a fork that is approved, its config broken', { fork: true, config: broken }, { intent: intentFor(['cd/preview'], approval(shaA)) }, ['invalid', 'ConfigBroken', 0, true]],
    ['stopped', {}, { intent: intentFor(['cd/preview'], stop) }, ['not-wanted', 'Stopped', 0, false]],
    ['stopped, from a fork', { fork: true }, { intent: intentFor(['cd/preview'], stop) }, ['not-wanted', 'Stopped', 0, false]],
    ['stopped and not labelled', { labels: [] }, { intent: intentFor([], stop) }, ['not-wanted', 'NotLabelled', 0, false]],
    ['labelled by somebody who may not', {}, { intent: labelledBy(false) }, ['refused', 'NotAllowed', 0, false]],
    ['labelled by nobody knows whom', {}, { intent: intentFor([]) }, ['refused', 'LabelUnknown', 0, true]],
    ['config broken', { config: broken }, {}, ['invalid', 'ConfigBroken', 0, true]],
    ['config broken after a valid one', { config: broken }, { lastValid: valid }, ['wanted', 'ConfigBroken', 1, false]],
    ['config unreadable', { config: { kind: 'unreadable', why: 'it is no UTF-8 text' } }, {}, ['invalid', 'ConfigBroken', 0, true]],
    ['config unreadable after a valid one', { config: { kind: 'unreadable', why: 'it is no UTF-8 text' } }, { lastValid: valid }, ['wanted', 'ConfigBroken', 1, false]],
    ['config missing', { config: { kind: 'absent' } }, {}, ['invalid', 'ConfigMissing', 0, true]],
    ['config missing after a valid one', { config: { kind: 'absent' } }, { lastValid: valid }, ['wanted', 'ConfigMissing', 1, false]],
    ['config broken, the last one no longer valid here', { config: broken }, { lastValid: { ...valid, text: `${tenantsConfig}tenants: [xx]\n` } }, ['invalid', 'ConfigBroken', 0, true]],
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
    assert.equal(desired.previews[0].values.sha, shaB);
    assert.deepEqual(desired.lastValid, valid);
    assert.ok(desired.decision.problems.some((problem) => problem.startsWith('.cloud/preview.yaml:1:1 imagee:')));
    assert.ok(desired.decision.problems.some((problem) => problem.startsWith('.cloud/preview.yaml:2:')));
  });

  test('a tenant that the platform has no more goes, and the others stay at the commit that was valid', () => {
    const text = `${tenantsConfig}tenants: [fr, xx]\n`;
    const desired = ask(factsWith({ config: file(text) }), { lastValid: { ...valid, text } });
    assert.deepEqual(desired.previews.map(({ tenant, sha }) => [tenant, sha]), [['fr', shaB]]);
    assert.equal(desired.keepAll, false);
    assert.match(desired.decision.problems.join(), /xx/);
  });

  test('a valid config is remembered with its commit; what is refused or unlabelled forgets none', () => {
    assert.deepEqual(ask(factsWith(), { lastValid: valid }).lastValid, { sha: shaA, text: plainConfig, cloud: absent });
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

describe('decide: CI', () => {
  const waits = file(`${plainConfig}waitFor: { checks: [unit, lint], timeout: 30m }\n`);
  const checks = (...states: [name: string, state: PipelineCheck['state']][]): Facts['pipeline'] => ({ kind: 'read', checks: states.map(([name, state]) => ({ name, state, url: undefined })) });
  const green = checks(['unit', 'success'], ['lint', 'success']);
  const red = checks(['unit', 'failure'], ['lint', 'pending']);
  const running = checks(['unit', 'pending'], ['lint', 'success']);
  const soon = '2026-11-22T08:30:00.000Z';
  /** Since when it has waited; the question is asked at 08:00. */
  const since = (time: string): Question['waiting'] => ({ sha: shaA, since: `2026-11-22T${time}.000Z` });

  type Row = [what: string, facts: FactsParts, parts: Parameters<typeof ask>[1], expected: [verdict: string, reason: string, previews: string[], keepAll: boolean, againAt: string | undefined]];
  const rows: Row[] = [
    ['nothing said yet', {}, {}, ['waiting', 'WaitingForChecks', [], true, soon]],
    ['one is running', { pipeline: running }, {}, ['waiting', 'WaitingForChecks', [], true, soon]],
    ['one is missing', { pipeline: checks(['unit', 'success']) }, {}, ['waiting', 'WaitingForChecks', [], true, soon]],
    ['one is running, and an older commit was let through', { pipeline: running }, { lastValid: valid }, ['waiting', 'WaitingForChecks', [shaB], false, soon]],
    ['green', { pipeline: green }, {}, ['wanted', 'Labelled', [shaA], false, undefined]],
    ['green, another one is red', { pipeline: checks(['unit', 'success'], ['lint', 'success'], ['slow', 'failure']) }, {}, ['wanted', 'Labelled', [shaA], false, undefined]],
    ['green and red of the same name', { pipeline: checks(['unit', 'success'], ['lint', 'success'], ['unit', 'failure']) }, {}, ['waiting', 'ChecksFailed', [], true, soon]],
    ['red', { pipeline: red }, {}, ['waiting', 'ChecksFailed', [], true, soon]],
    ['red, and an older commit was let through', { pipeline: red }, { lastValid: valid }, ['waiting', 'ChecksFailed', [shaB], false, soon]],
    ['red again, of the commit that was let through', { pipeline: red }, { lastValid: { ...valid, sha: shaA } }, ['wanted', 'Labelled', [shaA], false, undefined]],
    ['may not be read', { pipeline: { kind: 'denied' } }, {}, ['waiting', 'ChecksUnreadable', [], true, soon]],
    ['may not be read, and an older commit was let through', { pipeline: { kind: 'denied' } }, { lastValid: valid }, ['waiting', 'ChecksUnreadable', [shaB], false, soon]],
    ['running for a while', { pipeline: running }, { waiting: since('07:45:00') }, ['waiting', 'WaitingForChecks', [], true, '2026-11-22T08:15:00.000Z']],
    ['running for as long as it may', { pipeline: running }, { waiting: since('07:30:00') }, ['waiting', 'ChecksTimedOut', [], true, undefined]],
    ['running for too long, and an older commit was let through', { pipeline: running }, { waiting: since('07:00:00'), lastValid: valid }, ['waiting', 'ChecksTimedOut', [shaB], false, undefined]],
    ['red for a long time is still red', { pipeline: red }, { waiting: since('06:00:00') }, ['waiting', 'ChecksFailed', [], true, undefined]],
    ['green after all that time', { pipeline: green }, { waiting: since('06:00:00') }, ['wanted', 'Labelled', [shaA], false, undefined]],
    ['another commit was waited for: this one has its own time', { pipeline: running }, { waiting: { sha: shaC, since: '2026-11-22T05:00:00.000Z' } }, ['waiting', 'WaitingForChecks', [], true, soon]],
    ['not labelled: nothing is waited for', { labels: [], pipeline: running }, {}, ['not-wanted', 'NotLabelled', [], false, undefined]],
    ['a fork that is not approved: nothing is waited for', { fork: true, pipeline: green }, {}, ['refused', 'Fork', [], false, undefined]],
    ['an approved fork waits too', { fork: true, pipeline: running }, { intent: intentFor(['cd/preview'], approval(shaA)) }, ['waiting', 'WaitingForChecks', [], true, soon]],
    ['the last one that was let through names no tenant of the platform any more', { pipeline: running }, { lastValid: { ...valid, text: `${tenantsConfig}tenants: [xx]\n` } }, ['waiting', 'WaitingForChecks', [], true, soon]],
  ];
  for (const [what, facts, parts, expected] of rows) {
    test(what, () => {
      const before = parts?.lastValid;
      const desired = ask(frozen(factsWith({ config: waits, ...facts })), frozen(parts));
      const { decision, previews, keepAll, againAt } = desired;
      assert.deepEqual([decision.verdict, decision.reason, previews.map(({ sha }) => sha), keepAll, againAt], expected);
      // Only what CI let through is remembered.
      if (decision.verdict === 'waiting') assert.deepEqual(desired.lastValid, before);
      else assert.equal(decision.awaited, undefined);
    });
  }

  test('what is waited for, and since when, is told', () => {
    const url = 'https://ci.bar.com/1';
    const { decision } = ask(factsWith({ config: waits, pipeline: { kind: 'read', checks: [{ name: 'unit', state: 'pending', url }] } }), { waiting: since('07:45:00') });
    assert.deepEqual(decision.awaited, [{ name: 'unit', state: 'pending', url }, { name: 'lint', state: 'absent', url: undefined }]);
    assert.deepEqual(decision.waiting, since('07:45:00'));
    assert.deepEqual(ask(factsWith({ config: waits })).decision.waiting, since('08:00:00'));
  });

  test('without waitFor nobody is asked', () => {
    for (const pipeline of [red, running, { kind: 'denied' } as const]) assert.equal(ask(factsWith({ pipeline })).decision.reason, 'Labelled');
  });
});

describe('decide: apps', () => {
  const folder = (charts: readonly string[], manifests = false): CloudFolder => ({ kind: 'folder', tree: 't', charts, manifests });
  type Row = [what: string, config: string | undefined, cloud: CloudFolder, apps: [part: string, source: string, host: string][]];
  const rows: Row[] = [
    ['a chart and nothing else', undefined, folder(['foo']), [['', 'chart foo', 'foo-241-fr']]],
    ['manifests and nothing else', undefined, folder([], true), [['', 'manifests', 'foo-241-fr']]],
    ['charts before manifests', undefined, folder(['foo'], true), [['', 'chart foo', 'foo-241-fr']]],
    ['two charts', undefined, folder(['api', 'Front-End']), [['api', 'chart api', 'foo-241-api-fr'], ['frontend', 'chart Front-End', 'foo-241-frontend-fr']]],
    ['an image, whatever folders there are', 'image: registry.bar.com/foo:1\n', folder(['api'], true), [['', 'template', 'foo-241-fr']]],
    ['apps by name', 'apps: { web: { chart: api }, static: { manifests: true }, db: { image: "registry.bar.com/db:1" } }\n', folder(['api', 'other'], true), [['web', 'chart api', 'foo-241-web-fr'], ['static', 'manifests', 'foo-241-static-fr'], ['db', 'template', 'foo-241-db-fr']]],
    ['one app by name has the host alone', 'apps: { web: { chart: api } }\n', folder(['api']), [['', 'chart api', 'foo-241-fr']]],
  ];
  for (const [what, text, cloud, apps] of rows) {
    test(what, () => {
      const config = text === undefined ? absent : file(text);
      const desired = ask(frozen(factsWith({ config, cloud, labels: ['cd/preview/fr'] })));
      assert.deepEqual(desired.decision.problems, []);
      const told = desired.previews.flatMap((preview) => preview.apps.map(({ part, source, host }) => [part, source.kind === 'chart' ? `chart ${source.chart}` : source.kind, host.replace('.preview.bar.com', '')]));
      assert.deepEqual(told, apps);
      assert.deepEqual(desired.lastValid, { sha: shaA, text, cloud });
    });
  }

  test('the last valid commit runs with its own folders', () => {
    const lastValid = { sha: shaB, text: undefined, cloud: folder(['api', 'front']) };
    const desired = ask(factsWith({ config: broken, cloud: folder(['api']) }), { lastValid });
    assert.deepEqual(desired.previews.map(({ sha, apps, cloud }) => [sha, apps.length, cloud]).slice(0, 1), [[shaB, 2, lastValid.cloud]]);
    assert.deepEqual(desired.lastValid, lastValid);
  });

  const unusable: [what: string, facts: FactsParts, reason: string, problem: RegExp][] = [
    ['no folder and no file', { config: absent, cloud: absent }, 'ConfigMissing', /^$/],
    ['a folder with nothing of use', { config: absent, cloud: folder([]) }, 'ConfigMissing', /^$/],
    ['a folder that cannot be read', { config: absent, cloud: { kind: 'unreadable', why: 'it has 2000 files' } }, 'ConfigBroken', /^\.cloud: it has 2000 files$/],
    ['a folder that cannot be read, whatever the file says', { cloud: { kind: 'unreadable', why: 'it is a link' } }, 'ConfigBroken', /it is a link/],
    ['a chart that is named like a tenant', { config: absent, cloud: folder(['api', 'fr']) }, 'ConfigBroken', /charts\/fr.*tenant/],
    ['two charts of one word', { config: absent, cloud: folder(['my-api', 'myapi']) }, 'ConfigBroken', /both be myapi/],
    ['a chart that is not there', { config: file('apps: { web: { chart: apo } }\n'), cloud: folder(['api']) }, 'ConfigBroken', /did you mean "api"/],
  ];
  for (const [what, facts, reason, problem] of unusable) {
    test(what, () => {
      const { decision, keepAll } = ask(frozen(factsWith(facts)));
      assert.deepEqual([decision.verdict, decision.reason, keepAll], ['invalid', reason, true]);
      assert.match(decision.problems.join('\n'), problem);
    });
  }
});

describe('decide: what the platform gives', () => {
  const platform = platformFrom(`
tenants: { fr: { domain: preview.bar.fr, url: "http://\${host}:8080", cluster: eu, values: { currency: EUR } }, be: {} }
clusters: { eu: { kubeconfig: /etc/eu } }
secrets: { namespace: vault, projects: { Bar/Foo: { all: [foo], fr: [foo-fr] }, bar/other: { all: [other] } } }
`);
  const of = (facts: FactsParts = {}, intent = intentFor(['cd/preview'], approval(shaA))) => ask(factsWith({ config: file(tenantsConfig), ...facts }), { platform, intent }).previews;

  test('each tenant its own domain, address, cluster, values and Secrets', () => {
    assert.deepEqual(
      of().map(({ tenant, cluster, apps, tenantValues, secrets, level }) => [tenant, cluster, apps[0]?.url, tenantValues, secrets, level]),
      [
        ['fr', 'eu', 'http://foo-241-fr.preview.bar.fr:8080', { currency: 'EUR' }, ['foo', 'foo-fr'], 'baseline'],
        ['be', 'home', 'https://foo-241-be.preview.bar.com', {}, ['foo'], 'baseline'],
      ],
    );
  });

  test('a fork has no Secrets, and the stricter level', () => {
    assert.deepEqual(of({ fork: true }).map(({ secrets, level }) => [secrets, level]), [[[], 'restricted'], [[], 'restricted']]);
  });

  test('starting anew is for all, or for one; the newest word counts', () => {
    const restarts = (given: Intent['restarts']) => of({}, intentFor(['cd/preview'], { restarts: given })).map(({ restart }) => restart);
    assert.deepEqual(restarts({}), [undefined, undefined]);
    assert.deepEqual(restarts({ '*': '9' }), ['9', '9']);
    assert.deepEqual(restarts({ '*': '9', be: '10' }), ['9', '10']);
    assert.deepEqual(restarts({ be: '3' }), [undefined, '3']);
  });
});

describe('decide: labels by whom', () => {
  const judged = (label: string, may: boolean): Intent['labellers'][number] => ({ label, by: may ? 'ann' : 'eve', at, may });
  type Row = [what: string, labels: string[], labellers: Intent['labellers'], expected: [reason: string, tenants: string[], keepAll: boolean]];
  const rows: Row[] = [
    ['one by who may, one by who may not', ['cd/preview/fr', 'cd/preview/be'], [judged('cd/preview/fr', true), judged('cd/preview/be', false)], ['Labelled', ['fr'], false]],
    ['all by who may not, one by who may', ['cd/preview', 'cd/preview/be'], [judged('cd/preview', false), judged('cd/preview/be', true)], ['Labelled', ['be'], false]],
    ['one by who may, one unknown: what runs is kept', ['cd/preview/fr', 'cd/preview/be'], [judged('cd/preview/fr', true)], ['Labelled', ['fr'], true]],
    ['all by who may, one unknown: all is known', ['cd/preview', 'cd/preview/be'], [judged('cd/preview', true)], ['Labelled', ['fr', 'be', 'hr', 'hu'], false]],
    ['another one unknown is nobody’s business', ['cd/preview/fr', 'bug'], [judged('cd/preview/fr', true)], ['Labelled', ['fr'], false]],
    ['one by who may not, one unknown', ['cd/preview/fr', 'cd/preview/be'], [judged('cd/preview/fr', false)], ['LabelUnknown', [], true]],
    ['a judgement of a label that is off', ['bug'], [judged('cd/preview', true)], ['NotLabelled', [], false]],
    ['in other letters', ['CD/Preview/BE'], [judged('cd/preview/be', true)], ['Labelled', ['be'], false]],
  ];
  for (const [what, labels, labellers, expected] of rows) {
    test(what, () => {
      const { decision, previews, keepAll } = ask(frozen(factsWith({ labels, config: file(tenantsConfig) })), frozen({ intent: intentFor([], { labellers }) }));
      assert.deepEqual([decision.reason, previews.map(({ tenant }) => tenant), keepAll], expected);
    });
  }

  test('who put it on is told', () => {
    const { decision } = ask(factsWith(), { intent: labelledBy(false) });
    assert.deepEqual(decision.problems, ['eve put the label cd/preview on.']);
  });

  test('of which label nobody knows is told, and of no other', () => {
    assert.deepEqual(ask(factsWith({ labels: ['bug', 'cd/preview'] }), { intent: intentFor([]) }).decision.problems, ['cd/preview']);
    const partly = ask(factsWith({ labels: ['bug', 'cd/preview/fr', 'cd/preview/be'], config: file(tenantsConfig) }), { intent: intentFor(['cd/preview/fr']) });
    assert.deepEqual(partly.decision.problems, ['GitHub does not tell who put the label cd/preview/be on.']);
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
    assert.deepEqual(preview.apps.map(({ part, host, url }) => [part, host, url]), [['', 'foo-241-be.preview.bar.com', 'https://foo-241-be.preview.bar.com']]);
    assert.equal(preview.cluster, 'home');
    assert.deepEqual(preview.ingress, { class: 'haproxy-v1', form: 'annotation', dialect: 'haproxy-ingress' });
    assert.deepEqual(preview.values, { app: 'foo', pr: '241', tenant: 'be', sha: shaA, shortSha: 'aaaaaaa', branch: preview.values.branch, host: 'foo-241-be.preview.bar.com' });
    assert.match(preview.values.branch, /^feat-[0-9a-v]{8}$/);
    assert.equal(preview.readAt, '2026-11-22T08:00:00Z');
  });
});
