import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { RenderRefused, type SourcedObject } from '../../app/core/ports.ts';
import type { RenderLimits } from '../../app/io/render/limits.ts';
import { openRenderer, type OpenRenderer } from '../../app/io/render/renderer.ts';
import { api, chartFiles, commits, helm, helmProblem, requestFor } from '../support/charts/cloud.ts';
import { chartPatterns } from '../support/charts/patterns.ts';
import { openFakeLog } from '../support/fake-clock.ts';

const configMap = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: ${data}\n`;
const shop = chartFiles('shop');
const ofShop = { chart: 'shop', release: 'shop' };

describe('what is kept of renderings', { skip: helmProblem(), timeout: 240_000 }, () => {
  const opened: OpenRenderer[] = [];
  const open = (limits: Partial<RenderLimits> = {}): OpenRenderer => {
    const renderer = openRenderer({ helm, log: openFakeLog(), limits });
    opened.push(renderer);
    return renderer;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((renderer) => renderer.close()));
  });

  test('the same request is rendered once, at the same time and later', async () => {
    const renderer = open();
    const request = requestFor(shop, ofShop);
    const [one, other] = await Promise.all([renderer.chart(request), renderer.chart(requestFor(shop, ofShop))]);
    assert.equal(one, other);
    await renderer.idle();
    assert.deepEqual(await renderer.chart(request), one);
    // The second and third time were in the background, to see what a commit's texts do.
    assert.deepEqual(renderer.counters(), { started: 3, kept: 1, filledIn: 0 });
  });

  test('a push that does not touch the chart starts nothing', async () => {
    const renderer = open();
    await renderer.chart(requestFor(shop, ofShop));
    await renderer.idle();
    const { started } = renderer.counters();
    const pushed = requestFor({ ...shop, 'preview.yaml': 'tenants: [fr]\n', 'charts/other/Chart.yaml': 'name: other\n' }, { ...ofShop, sha: commits[1] });
    const objects = await renderer.chart(pushed);
    await renderer.idle();
    assert.deepEqual(renderer.counters(), { started, kept: 0, filledIn: 1 });
    assert.ok(!JSON.stringify(objects).includes(commits[0].slice(0, 7)), 'the old commit is still there');
    assert.deepEqual(objects, await open().chart(pushed));
  });

  test('what is filled in is what would have been rendered', async () => {
    const renderer = open();
    const patterns = chartPatterns.filter(({ name }) => !name.includes('by chance'));
    await Promise.all(patterns.map(({ files, changes }) => renderer.chart(requestFor(files, changes))));
    await renderer.idle();
    const fresh = open();
    await Promise.all(patterns.map(async ({ name, files, changes }) => {
      const request = requestFor(files, { ...changes, sha: commits[1] });
      // Without texts that change, nothing but this very request is looked for.
      assert.deepEqual(await renderer.chart(request), await fresh.chart({ ...request, perCommit: [] }), name);
    }));
    assert.equal(renderer.counters().filledIn, patterns.length, 'patterns that were found');
  });

  const further: readonly { readonly name: string; readonly template: string }[] = [
    { name: 'hashes the commit', template: configMap('{ a: {{ .Values.avant.sha | sha256sum | quote }} }') },
    { name: 'encodes the commit', template: configMap('{ a: {{ .Values.avant.sha | b64enc }} }') },
    { name: 'cuts the commit elsewhere', template: configMap('{ a: {{ .Values.avant.sha | trunc 12 | quote }} }') },
    { name: 'cuts the commit one digit behind its short form', template: configMap('{ a: "registry.bar.com/foo:{{ .Values.avant.sha | trunc 8 }}" }') },
    { name: 'takes the commit from its middle', template: configMap('{ a: "x{{ substr 5 12 .Values.avant.sha }}" }') },
    { name: 'writes the commit in capitals', template: configMap('{ a: {{ .Values.avant.shortSha | upper | quote }} }') },
    { name: 'puts a letter before commits that start with a digit', template: configMap('{ a: "{{ if regexMatch "^[0-9]" .Values.avant.sha }}v{{ end }}{{ .Values.avant.sha }}" }') },
    { name: 'looks at the commit', template: configMap('{ a: "{{ if hasPrefix "c0ffee" .Values.avant.sha }}yes{{ end }}" }') },
    { name: 'has the commit in its own text', template: configMap(`{ a: "since ${commits[0].slice(0, 7)}" }`) },
    { name: 'refuses other commits', template: `{{ if ne .Values.avant.sha "${commits[0]}" }}{{ fail "no" }}{{ end }}${configMap('{}')}` },
  ];
  for (const { name, template } of further) {
    test(`a chart that ${name} is rendered for each commit`, async () => {
      const renderer = open();
      const files = api({ 'templates/a.yaml': template });
      await renderer.chart(requestFor(files));
      await renderer.idle();
      const { started } = renderer.counters();
      const request = requestFor(files, { sha: commits[1] });
      const [here, fresh] = await Promise.allSettled([renderer.chart(request), open().chart(request)]);
      assert.deepEqual(here, fresh);
      assert.deepEqual(renderer.counters(), { started: started + 1, kept: 0, filledIn: 0 });
    });
  }

  test('a commit that YAML reads as a number is rendered, and so is the next after it', async () => {
    const renderer = open();
    const files = api({ 'templates/a.yaml': configMap('{ a: {{ .Values.avant.shortSha }} }') });
    const value = async (sha: string): Promise<unknown> => ((await renderer.chart(requestFor(files, { sha })))[0]?.object['data'] as { a: unknown }).a;
    assert.equal(await value(commits[2]), 1234567);
    await renderer.idle();
    assert.equal(await value(commits[0]), 'c0ffee1');
    await renderer.idle();
    assert.equal(await value(commits[1]), 'decade4');
    assert.equal(renderer.counters().filledIn, 1);
    assert.equal(await value('7654321'.repeat(6).slice(0, 40)), 7654321);
    assert.equal(renderer.counters().filledIn, 1);
  });

  for (const [what, changes] of Object.entries({
    tenant: { tenant: 'be' },
    namespace: { namespace: 'foo-242-fr' },
    release: { release: 'foo2' },
    values: { values: [{ web: { replicas: 4 } }] },
    'what the platform computes': { more: { extra: 1 } },
    'version of the cluster': { kubeVersion: '1.35.0' },
  })) {
    test(`another ${what} is rendered`, async () => {
      const renderer = open();
      await renderer.chart(requestFor(shop, ofShop));
      await renderer.idle();
      const { started } = renderer.counters();
      await renderer.chart(requestFor(shop, { ...ofShop, ...changes }));
      await renderer.idle();
      assert.equal(renderer.counters().started, 2 * started);
    });
  }

  test('a changed file of the chart is rendered', async () => {
    const renderer = open();
    await renderer.chart(requestFor(shop, ofShop));
    await renderer.idle();
    const { started } = renderer.counters();
    const changed = await renderer.chart(requestFor({ ...shop, 'charts/shop/values-fr.yaml': 'web: { replicas: 3 }\n' }, ofShop));
    await renderer.idle();
    assert.equal(renderer.counters().started, 2 * started);
    assert.ok(JSON.stringify(changed).includes('"replicas":3'));
  });

  test('what is refused is not tried again', async () => {
    const renderer = open();
    const refused = requestFor(api({ 'templates/a.yaml': '{{ fail "no" }}' }));
    await assert.rejects(renderer.chart(refused), { name: 'RenderRefused', problems: ['.cloud/charts/api/templates/a.yaml:1:3: no'] });
    await assert.rejects(renderer.chart(refused), { name: 'RenderRefused', problems: ['.cloud/charts/api/templates/a.yaml:1:3: no'] });
    assert.deepEqual(renderer.counters(), { started: 1, kept: 1, filledIn: 0 });
  });

  for (const [when, tryAgainMs, started] of [['at once', 3_600_000, 1], ['later', -1, 2]] as const) {
    test(`what took too long is ${started === 1 ? 'not ' : ''}tried again ${when}`, async () => {
      const renderer = open({ helmMs: 1_000, tryAgainMs });
      const endless = requestFor(api({ 'templates/a.yaml': '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}' }));
      await assert.rejects(renderer.chart(endless), RenderRefused);
      await assert.rejects(renderer.chart(endless), RenderRefused);
      assert.equal(renderer.counters().started, started);
    });
  }

  test('no more is kept than there is room for', async () => {
    const renderer = open({ cacheBytes: 100 });
    const request = requestFor(shop, ofShop);
    await renderer.chart(request);
    await renderer.idle();
    const { started } = renderer.counters();
    await renderer.chart(request);
    await renderer.idle();
    assert.equal(renderer.counters().started, 2 * started);
    assert.equal(renderer.counters().kept, 0);
  });

  describe('what chance makes', () => {
    const files = chartPatterns.find(({ name }) => name.includes('by chance'))?.files ?? {};
    const stableOnes = (objects: readonly SourcedObject[]): Record<string, boolean> => Object.fromEntries(objects.map(({ object, stable }) => [object['kind'] as string, stable]));

    test('is told: such an object is made once and kept', async () => {
      const renderer = open();
      assert.deepEqual(stableOnes(await renderer.chart(requestFor(files))), { Secret: false, Deployment: true });
      await renderer.idle();
      assert.equal(renderer.counters().started, 4, 'two side by side, two in the background');
    });

    test('stays as it is at a push', async () => {
      const renderer = open();
      const before = await renderer.chart(requestFor(files));
      await renderer.idle();
      const after = await renderer.chart(requestFor(files, { sha: commits[1] }));
      assert.equal(renderer.counters().filledIn, 1);
      assert.deepEqual(after.find(({ object }) => object['kind'] === 'Secret'), before.find(({ object }) => object['kind'] === 'Secret'));
      assert.deepEqual(stableOnes(after), { Secret: false, Deployment: true });
      const image = (objects: readonly SourcedObject[]): boolean => JSON.stringify(objects).includes(`registry.bar.com/web:${commits[1]}`);
      assert.deepEqual([image(before), image(after)], [false, true]);
    });

    for (const [what, template] of Object.entries({
      'a key': configMap('{ a: {{ genPrivateKey "ecdsa" | b64enc }} }'),
      'the time': configMap('{ a: "{{ now }}" }'),
      'a certificate': '{{ $ca := genCA "x" 1 }}' + configMap('{ a: {{ $ca.Cert | b64enc }} }'),
      'a password’s hash': configMap('{ a: {{ htpasswd "a" "b" | quote }} }'),
      'a random id': configMap('{ a: {{ uuidv4 }} }'),
    })) {
      test(`${what} is chance`, async () => {
        assert.deepEqual(stableOnes(await open().chart(requestFor(api({ 'templates/a.yaml': template })))), { ConfigMap: false });
      });
    }

    test('in a vendored chart, and in a value, is found', async () => {
      const inValue = requestFor(api({ 'templates/a.yaml': configMap('{ a: {{ tpl .Values.t . | quote }} }') }), { values: [{ t: '{{ randAlphaNum 20 }}' }] });
      assert.deepEqual(stableOnes(await open().chart(inValue)), { ConfigMap: false });
      const inSubchart = requestFor(api({ 'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n', 'charts/sub/templates/a.yaml': configMap('{ a: "{{ randAlphaNum 20 }}" }') }));
      assert.deepEqual(stableOnes(await open().chart(inSubchart)), { ConfigMap: false });
    });
  });
});
