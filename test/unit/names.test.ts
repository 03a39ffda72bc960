import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  appName,
  hostName,
  isAppName,
  isPartName,
  isTenantName,
  maxDomain,
  namespaceName,
  previewName,
  readsAsPreview,
  safeBranch,
  type PreviewParts,
} from '../../app/core/names.ts';

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Few letters and many hyphens and digits, so that names come near each other. */
const nearApps = fc
  .array(fc.constantFrom('foo', 'f', '-', '2', '4', '1', '241', '24', 'fr', 'api'), { minLength: 1, maxLength: 12 })
  .map((pieces) => pieces.join(''))
  .filter(isAppName);
const longApps = nearApps
  .map((app) => `${'a-long-repository-name-of-some-team'.slice(0, 39 - app.length)}x${app}`)
  .filter(isAppName);
const numbers = fc
  .oneof(
    fc.constantFrom(1, 2, 4, 24, 41, 241, 1241),
    fc.integer({ min: 1 }),
    fc.maxSafeNat().map((n) => n + 1),
  )
  .filter(Number.isSafeInteger);
const parts = fc.constantFrom(undefined, 'api', 'web', 'apifr', 'anapplicationofaname');
const tenants = fc.constantFrom(undefined, 'fr', 'be', 'f1', 'atenantwithalongname');
const identities: fc.Arbitrary<PreviewParts> = fc.record({
  app: fc.oneof(nearApps, longApps),
  pr: numbers,
  part: parts,
  tenant: tenants,
});

/** What a GitHub repository may be called, and more than that. */
const repositories = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc
    .array(fc.constantFrom('kube-', 'Foo', '-', '.', '_', '241', 'xn--', 'é', 'www'), { maxLength: 8 })
    .map((pieces) => pieces.join('')),
);

describe('previewName', () => {
  test('names M6’s previews', () => {
    assert.equal(previewName({ app: 'foo', pr: 241 }), 'foo-241');
    assert.equal(previewName({ app: 'foo', pr: 241, tenant: 'fr' }), 'foo-241-fr');
    assert.equal(previewName({ app: 'foo', pr: 241, part: 'api', tenant: 'fr' }), 'foo-241-api-fr');
    assert.equal(hostName({ app: 'foo', pr: 241 }, 'preview.bar.com'), 'foo-241.preview.bar.com');
    assert.equal(namespaceName({ app: 'foo', pr: 241, tenant: 'fr' }), 'foo-241-fr');
  });

  test('is another one for every identity of a near-colliding pool', () => {
    const long = 'arepository-withaverylongnameasthereareindeed';
    const apps = [
      'foo',
      'f',
      'foo2',
      'foo-2',
      'foo-24',
      'foo-241',
      'foo-24-1',
      'foo-24-fr',
      'foo-fr',
      'foo-241-api-fr',
      'foo-241-api',
    ];
    const all = [
      ...apps,
      long.slice(0, 40),
      long.slice(0, 39),
      `${long.slice(0, 38)}2`,
      `${long.slice(0, 32)}-x`,
      `${long.slice(0, 32)}-y`,
    ];
    const seen = new Map<string, string>();
    for (const app of all) {
      assert.ok(isAppName(app), app);
      for (const pr of [1, 2, 4, 24, 41, 241, 2411, 999_999, 1_234_567_890, Number.MAX_SAFE_INTEGER]) {
        for (const part of [undefined, 'api', 'api1', 'abcdefghijklmnopqrst']) {
          for (const tenant of [undefined, 'fr', 'f1', 'frabcdefghijklmnopqr']) {
            const [name, identity] = [previewName({ app, pr, part, tenant }), JSON.stringify([app, pr, part, tenant])];
            assert.equal(seen.get(name), undefined, `${name}: ${seen.get(name) ?? ''} and ${identity}`);
            seen.set(name, identity);
          }
        }
      }
    }
    assert.equal(seen.size, all.length * 10 * 4 * 4);
  });

  test('is a DNS label, the same for the same parts, another one for others', () => {
    fc.assert(
      fc.property(identities, identities, (one, other) => {
        const name = previewName(one);
        assert.match(name, dnsLabel);
        assert.ok(!/^..--/.test(name), name);
        assert.equal(previewName({ ...one }), name);
        const same =
          one.app === other.app && one.pr === other.pr && one.part === other.part && one.tenant === other.tenant;
        assert.equal(previewName(other) === name, same);
      }),
      { numRuns: 3000 },
    );
  });

  test('has the number as its last token of digits only, also when it is cut', () => {
    fc.assert(
      fc.property(identities, (identity) => {
        const digits = previewName(identity)
          .split('-')
          .filter((token) => /^\d+$/.test(token));
        assert.equal(digits.at(-1), String(identity.pr));
      }),
    );
  });

  test('keeps what it can of a name that is too long', () => {
    const name = previewName({
      app: 'a-repository-with-a-name-of-40-character',
      pr: 1234567,
      tenant: 'abcdefghijklmnopqrst',
    });
    assert.match(name, /^a-repository-with-a-name-of-40-character--[0-9a-v]{12}-1234567$/);
  });

  test('throws on what is no name, so that none reaches the cluster', () => {
    const wrong: Partial<PreviewParts>[] = [
      { app: '' },
      { app: 'Foo' },
      { app: '../foo' },
      { app: 'kube-system' },
      { app: 'a--b' },
      { app: 'foo-' },
      { app: 'a'.repeat(41) },
      { app: 'foo\n' },
      { pr: 0 },
      { pr: -1 },
      { pr: 1.5 },
      { pr: 2 ** 53 },
      { pr: NaN },
      { tenant: '' },
      { tenant: '1' },
      { tenant: 'f-r' },
      { tenant: 'FR' },
      { part: '2' },
      { part: 'a_b' },
    ];
    for (const one of wrong)
      assert.throws(() => previewName({ app: 'foo', pr: 241, ...one }), TypeError, JSON.stringify(one));
  });
});

describe('hostName and namespaceName', () => {
  test('have room under the longest domain, and say so under a longer one', () => {
    const domain = `${'a.'.repeat(93)}com`;
    assert.equal(domain.length, maxDomain);
    const longest = { app: 'a'.repeat(40), pr: Number.MAX_SAFE_INTEGER, tenant: 'a'.repeat(20) };
    assert.equal(hostName(longest, domain).length, 253);
    assert.throws(() => hostName(longest, `a${domain}`), RangeError);
  });

  test('a namespace is never one that a cluster keeps for itself, and reads as a preview’s', () => {
    fc.assert(
      fc.property(repositories, numbers, tenants, (repository, pr, tenant) => {
        const name = namespaceName({ app: appName(repository), pr, tenant });
        assert.doesNotMatch(name, /^kube-|^default$|^avant$|^haproxy-controller$/);
        assert.ok(readsAsPreview(name), name);
      }),
    );
  });

  test('Avant’s own namespace does not read as a preview’s', () => {
    for (const name of ['avant', 'default', 'haproxy-controller', 'team2', 'a-2b', '24'])
      assert.equal(readsAsPreview(name), false, name);
    for (const name of ['avant-2', 'foo-241-fr', 'foo-24-api-fr']) assert.equal(readsAsPreview(name), true, name);
  });
});

describe('appName', () => {
  const kept = ['foo', 'foo-24', 'foo-241', 'a', 'x1', 'service-of-a-team', 'kubernetes', 'cube-x'];
  for (const name of kept)
    test(`keeps ${name}`, () => {
      assert.equal(appName(name), name);
    });

  test('does not tell case apart, as GitHub does not', () => {
    assert.equal(appName('Foo-Service'), 'foo-service');
  });

  const lossy: [string, RegExp][] = [
    ['.github', /^github-[0-9a-v]{8}$/],
    ['-foo-', /^foo-[0-9a-v]{8}$/],
    ['___', /^app-[0-9a-v]{8}$/],
    ['...', /^app-[0-9a-v]{8}$/],
    ['', /^app-[0-9a-v]{8}$/],
    ['xn--foo', /^xn-foo-[0-9a-v]{8}$/],
    ['241', /^app-241-[0-9a-v]{8}$/],
    ['kube-proxy', /^app-kube-proxy-[0-9a-v]{8}$/],
    ['kube', /^app-kube-[0-9a-v]{8}$/],
    ['Kube_System', /^app-kube-system-[0-9a-v]{8}$/],
    ['foo.bar_baz', /^foo-bar-baz-[0-9a-v]{8}$/],
    ['bücher', /^b-cher-[0-9a-v]{8}$/],
    ['\uff46\uff4f\uff4f', /^app-[0-9a-v]{8}$/],
    ['a'.repeat(41), /^a{31}-[0-9a-v]{8}$/],
    [`${'a'.repeat(30)}-${'b'.repeat(30)}`, /^a{30}-[0-9a-v]{8}$/],
  ];
  for (const [name, shape] of lossy)
    test(`makes a marked name of ${JSON.stringify(name)}`, () => {
      assert.match(appName(name), shape);
    });

  for (const word of [
    'www',
    'api',
    'admin',
    'localhost',
    'mail',
    'con',
    'wpad',
    'autodiscover',
    'avant',
    'default',
    'WWW',
  ]) {
    test(`marks the reserved word ${word}`, () => {
      assert.match(appName(word), new RegExp(`^${word.toLowerCase()}-[0-9a-v]{8}$`));
    });
  }

  test('tells apart what looks alike', () => {
    const names = [
      'foo_bar',
      'foo.bar',
      'foo-bar',
      'foo--bar',
      '-foo-bar',
      'stra\u00dfe',
      'strasse',
      '\u0131',
      'i',
      '\u017f',
      's',
      '\u212a',
      'k',
      `${'a'.repeat(60)}1`,
      `${'a'.repeat(60)}2`,
    ];
    assert.equal(new Set(names.map(appName)).size, names.length);
  });

  test('is an app name, the same each time, and stays itself', () => {
    fc.assert(
      fc.property(repositories, (repository) => {
        const name = appName(repository);
        assert.ok(isAppName(name), name);
        assert.match(name, /^[a-z][a-z0-9-]{0,39}$/);
        assert.equal(appName(repository), name);
        assert.equal(appName(name), name);
      }),
      { numRuns: 2000 },
    );
  });

  test('gives different names to different repositories of GitHub', () => {
    const github = fc.stringMatching(/^[a-z0-9._-]{1,6}$/);
    fc.assert(
      fc.property(github, github, (one, other) => {
        assert.equal(appName(one) === appName(other), one === other);
      }),
      { numRuns: 2000 },
    );
  });
});

test('tenants and parts are a letter, then letters and digits, 20 at most', () => {
  for (const is of [isTenantName, isPartName]) {
    for (const name of ['fr', 'a', 'f1', 'a'.repeat(20)]) assert.equal(is(name), true, name);
    for (const name of ['', '1', '24', '1a', 'FR', 'f-r', 'f_r', 'fr\n', ' fr', 'é', 'a'.repeat(21)])
      assert.equal(is(name), false, name);
  }
});

describe('safeBranch', () => {
  test('keeps what is safe as it is', () => {
    for (const branch of ['main', 'fix-241', '241', 'a'.repeat(40)]) assert.equal(safeBranch(branch), branch);
  });

  test('tells branches apart that slugs would not', () => {
    const branches = [
      'a/b',
      'a-b',
      'a_b',
      'a.b',
      'a--b',
      'A/b',
      'UPPER/Case',
      'upper/case',
      'a'.repeat(250),
      'a'.repeat(251),
    ];
    assert.equal(new Set(branches.map(safeBranch)).size, branches.length);
  });

  test('is a DNS label and a piece of a tag whatever the branch, and stays itself', () => {
    const branches = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 255 }),
      fc.constantFrom(
        'feature/ünïcode-テスト-🚀',
        '$(curl x)',
        'x/--upload-pack=/bin/sh',
        '-rf',
        '',
        'xn--a',
        '\u202e',
        '\ud800',
        '{{7*7}}',
      ),
    );
    fc.assert(
      fc.property(branches, (branch) => {
        const safe = safeBranch(branch);
        assert.match(safe, /^[a-z0-9](-?[a-z0-9]){0,39}$/);
        assert.ok(safe.length <= 40);
        assert.equal(safeBranch(safe), safe);
      }),
    );
  });
});
