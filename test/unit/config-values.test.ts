import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { durationBetween, durationMs, durationText } from '../../app/config/duration.ts';
import { isImageReference, isImageTag, parseImage, parseImagePrefix } from '../../app/core/image.ts';
import { canonicalQuantity, cpuRule, memoryRule, storageRule } from '../../app/config/quantity.ts';
import { secret } from '../../app/config/secret.ts';

describe('durations', () => {
  const durations: [string, number | undefined][] = [
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['0s', 0],
    ['5', undefined],
    ['5 m', undefined],
    ['5M', undefined],
    ['-5m', undefined],
    ['1.5h', undefined],
    ['1h30m', undefined],
    ['', undefined],
    ['1234567s', undefined],
    ['5ms', undefined],
  ];
  for (const [text, ms] of durations)
    test(`"${text}" is ${String(ms)}`, () => {
      assert.equal(durationMs(text), ms);
    });

  test('keep their bounds, which are included', () => {
    const rule = durationBetween('10s', '24h');
    for (const text of ['10s', '1m', '24h', '1d']) assert.equal(rule(text), undefined);
    assert.deepEqual(rule('9s'), { message: 'is too short', mend: '10s is the least' });
    assert.deepEqual(rule('25h'), { message: 'is too long', mend: '24h is the most' });
    assert.equal(rule('soon')?.message, 'is not a duration');
  });

  for (const text of ['90s', '30m', '61m', '2h', '1d', '36h'])
    test(`${text} is written so`, () => {
      assert.equal(durationText(durationMs(text) ?? NaN), text);
    });

  test('are written in the largest unit that leaves nothing over', () => {
    assert.deepEqual([durationText(3_600_000), durationText(86_400_000), durationText(60_000)], ['1h', '1d', '1m']);
  });
});

describe('quantities', () => {
  const canonical: [string, string][] = [
    ['100m', '100m'],
    ['0.5', '500m'],
    ['1', '1'],
    ['2000m', '2'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['0.1', '100m'],
    ['256Mi', '256Mi'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['1048576Ki', '1Gi'],
    ['0.5Ki', '512'],
    ['0.9765625Ki', '1k'],
    ['1000M', '1G'],
    ['128974848', '128974848'],
    ['1000000', '1M'],
    ['500k', '500k'],
    ['0', '0'],
    ['0Gi', '0'],
  ];
  for (const [text, written] of canonical)
    test(`${text} is written ${written}`, () => {
      assert.equal(canonicalQuantity(text), written);
    });

  test('stay what they are once written', () => {
    const quantities = fc
      .tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom('m', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi'))
      .map(([n, unit]) => `${n}${unit}`);
    fc.assert(
      fc.property(quantities, (text) => {
        assert.equal(canonicalQuantity(canonicalQuantity(text)), canonicalQuantity(text));
      }),
    );
  });

  test('cpu: cores or thousandths', () => {
    for (const text of ['1m', '100m', '0.5', '2', '1000']) assert.equal(cpuRule(text), undefined, text);
    for (const text of [
      '',
      'm',
      '-1',
      '+1',
      '1e3',
      '0.0001',
      '0.5m',
      '100Mi',
      '1 ',
      'one',
      '.5',
      '1.',
      '1,5',
      '9'.repeat(400),
    ]) {
      assert.equal(cpuRule(text)?.message, 'is not an amount of CPU', text);
    }
    assert.equal(cpuRule('0')?.message, 'must be more than nothing');
    assert.equal(cpuRule('1001')?.message, 'is more than any node has');
  });

  test('memory: bytes, with the slip of a small m named', () => {
    for (const text of ['1Mi', '256Mi', '1G', '1048576', '1Ti', '0.5Gi'])
      assert.equal(memoryRule(text), undefined, text);
    assert.deepEqual(memoryRule('256m'), { message: 'is in thousandths of a byte', mend: 'did you mean 256Mi?' });
    for (const text of ['', '256MB', '256mi', '1e9', '-1Mi', '256 Mi'])
      assert.equal(memoryRule(text)?.message, 'is not an amount of memory', text);
    assert.equal(memoryRule('0.1Ki')?.message, 'is not a whole number of bytes');
    assert.equal(memoryRule('256')?.message, 'is too little to run anything');
    assert.equal(memoryRule('2Ti')?.message, 'is more than any node has');
  });

  test('storage: none, or bytes', () => {
    for (const text of ['0', '0Gi', '1Mi', '10Gi', '10G', '1Pi']) assert.equal(storageRule(text), undefined, text);
    for (const text of ['', '10GB', '1e9', '-1Gi', 'none', '10 Gi'])
      assert.equal(storageRule(text)?.message, 'is not an amount of storage', text);
    assert.deepEqual(storageRule('10m'), { message: 'is in thousandths of a byte', mend: 'did you mean 10Mi?' });
    for (const text of ['1', '1023Ki', '0.3Ki'])
      assert.equal(storageRule(text)?.message, 'is too little for any volume', text);
    assert.equal(storageRule('2Pi')?.message, 'is more than any disk has');
  });
});

describe('image references', () => {
  const sha = 'a'.repeat(64);
  const good = [
    'foo',
    'foo:1',
    'bar/foo',
    'registry.bar.com/foo:abc',
    'registry.bar.com:5000/a/b_c/d--e:V1.2_3-x',
    'localhost/web:1',
    'localhost:5000/web',
    `foo@sha256:${sha}`,
    `foo:1@sha256:${sha}`,
    '[::1]:5000/foo',
    'ghcr.io/a__b/c.d',
    'REGISTRY/foo',
  ];
  for (const image of good)
    test(`${image} is one`, () => {
      assert.equal(isImageReference(image), true);
    });

  const bad = [
    '',
    ':1',
    'foo:',
    'foo:a b',
    'Foo',
    'bar/Foo',
    'foo/',
    '/foo',
    'a//b',
    'https://bar.com/foo',
    'foo:-x',
    `foo:${'a'.repeat(129)}`,
    'foo@sha256:abc',
    'foo@',
    'a'.repeat(256),
    'foo..bar',
    '-foo',
    'foo-',
    'a___b',
    'foo\n',
    'foo:1:2',
    '$(x)',
    'é',
    // To a container runtime that is the id of an image that it has.
    sha,
  ];
  for (const image of bad)
    test(`${JSON.stringify(image).slice(0, 40)} is none`, () => {
      assert.equal(isImageReference(image), false);
    });
});

describe('images, in full', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const images: [string, string, string, (string | undefined)?, string?][] = [
    ['nginx', 'docker.io', 'library/nginx'],
    ['nginx:1.27', 'docker.io', 'library/nginx', '1.27'],
    ['bar/foo', 'docker.io', 'bar/foo'],
    ['docker.io/nginx', 'docker.io', 'library/nginx'],
    ['index.docker.io/bar/foo', 'docker.io', 'bar/foo'],
    ['registry.bar.com/foo', 'registry.bar.com', 'foo'],
    ['Registry.Bar.com/foo', 'registry.bar.com', 'foo'],
    ['registry.bar.com:5000/a/b:1', 'registry.bar.com:5000', 'a/b', '1'],
    ['localhost/foo', 'localhost', 'foo'],
    ['localhost:5000/foo', 'localhost:5000', 'foo'],
    ['REGISTRY/foo', 'registry', 'foo'],
    ['[::1]:5000/foo', '[::1]:5000', 'foo'],
    [`foo@${digest}`, 'docker.io', 'library/foo', undefined, digest],
    [`quay.io/a/b:1@${digest}`, 'quay.io', 'a/b', '1', digest],
    [`bar/${'a'.repeat(64)}`, 'docker.io', `bar/${'a'.repeat(64)}`],
  ];
  for (const [text, registry, repository, tag, digest] of images)
    test(text.slice(0, 40), () => {
      assert.deepEqual(parseImage(text), { registry, repository, tag, digest });
    });

  test('read the same once written in full', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
    const host = fc.constantFrom('', 'docker.io/', 'index.docker.io/', 'a.b/', 'A.b:5000/', 'localhost/');
    fc.assert(
      fc.property(host, fc.array(part, { minLength: 1, maxLength: 3 }), (registry, path) => {
        const image = parseImage(registry + path.join('/'));
        if (!image) return;
        assert.deepEqual(parseImage(`${image.registry}/${image.repository}`), image);
      }),
    );
  });

  const prefixes: [string, string | undefined][] = [
    ['registry.bar.com', 'registry.bar.com'],
    ['Registry.bar.com:5000/team', 'registry.bar.com:5000/team'],
    ['docker.io/library', 'docker.io/library'],
    ['index.docker.io', 'docker.io'],
    ['localhost', 'localhost'],
    ['library/nginx', undefined],
    ['registry', undefined],
    ['registry.bar.com/', undefined],
    ['registry.bar.com/Team', undefined],
    ['https://registry.bar.com', undefined],
    ['registry.bar.com/foo:1', undefined],
    ['', undefined],
  ];
  for (const [text, prefix] of prefixes)
    test(`"${text}" ${prefix === undefined ? 'begins no' : 'begins an'} image`, () => {
      assert.equal(parseImagePrefix(text), prefix);
    });

  test('have tags', () => {
    for (const tag of ['1', 'v1.2-x_y', '_', 'a'.repeat(128)]) assert.equal(isImageTag(tag), true, tag);
    for (const tag of ['', '-a', '.a', 'a b', 'a:b', 'a/b', 'a'.repeat(129)]) assert.equal(isImageTag(tag), false, tag);
  });
});

test('a secret does not print', () => {
  const key = secret('hunter2');
  const everywhere = [
    String(key),
    key.toString(),
    JSON.stringify({ key }),
    inspect(key),
    inspect({ deep: { key } }),
    inspect(key, { showHidden: true }),
    Object.values(key).join(),
  ];
  for (const text of everywhere) assert.doesNotMatch(text, /hunter2/);
  assert.equal(JSON.stringify({ key }), '{"key":"[secret]"}');
  assert.equal(inspect({ key }), '{ key: [secret] }');
  assert.equal(key.reveal(), 'hunter2');
});
