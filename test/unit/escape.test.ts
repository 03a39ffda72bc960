import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fenced, inlineText, plainText } from '../../app/core/report/escape.ts';
import { redact } from '../../app/core/report/redact.ts';
import { hostile } from '../support/hostile.ts';
import { outsideCode } from '../support/markdown.ts';

/** Nothing that CommonMark, GFM or GitHub's own filters act on. */
function assertInert(text: string): void {
  assert.doesNotMatch(text, /[@#<>&*_[\]\\|~$/`\n\r]/, JSON.stringify(text));
  assert.doesNotMatch(text, /www\.|gh-\d|ghsa-|cve-\d|[0-9a-f]{7}|\w:\w|--/i, JSON.stringify(text));
  assert.doesNotMatch(text, /^\s*(\d+[.)]|[-+=]+)(\s|$)/, JSON.stringify(text));
  assert.doesNotMatch(text, /(?!\u0001)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\ufeff]/u, JSON.stringify(text));
}

describe('inlineText', () => {
  test('nothing acts outside of code, on one line, within the length', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 120 }), (text, max) => {
        const escaped = inlineText(text, max);
        assert.ok(escaped.length <= max, `${escaped.length} > ${max}`);
        assert.ok(escaped.isWellFormed());
        assertInert(outsideCode(escaped));
      }),
      { numRuns: 1_000 },
    );
  });

  const examples: readonly (readonly [string, string])[] = [
    ['plain words, with "quotes", (brackets) and 8080.', 'plain words, with "quotes", (brackets) and 8080.'],
    ['ask @octocat about #12', 'ask `@octocat` about `#12`'],
    ['(see bar/foo#2)', '(see `bar/foo#2`)'],
    ['The image `foo:1` is not there.', 'The image `foo:1` is not there.'],
    ['`a``b`', '`a` `b`'],
    [
      '.cloud/preview.yaml:3:1 servcie: unknown key — did you mean "service"?',
      '`.cloud/preview.yaml:3:1` servcie: unknown key — did you mean "service"?',
    ],
    ['one\ntwo\r\n\tthree', 'one two three'],
    ['a \u001b[31mred\u001b[0m \u202eword', 'a red word'],
    ['1. one', '`1`. one'],
    ['- one', '`-` one'],
    ['commit 4fe2d1c', 'commit `4fe2d1c`'],
    ['password=hunter2', '`password=[redacted]`'],
    ['', ''],
  ];
  for (const [text, expected] of examples) {
    test(JSON.stringify(text), () => {
      assert.equal(inlineText(text, 200), expected);
    });
  }

  test('what is too long ends in an ellipsis, its code closed', () => {
    assert.equal(inlineText('some words that go on', 12), 'some words …');
    assert.equal(inlineText('see https://example.com/a/long/path here', 16), 'see `https://e…`');
  });
});

describe('fenced', () => {
  test('nothing leaves the fence, within the length', () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 8 }), fc.integer({ min: 0, max: 400 }), (lines, max) => {
        const block = fenced(lines, max);
        assert.ok(block.length <= max);
        assert.ok(block.isWellFormed());
        assert.equal(outsideCode(`${block}\nafter`), block === '' ? '\nafter' : 'after', block);
        assert.doesNotMatch(block, /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the last lines stay', () => {
    assert.equal(fenced(['one', 'two', 'three'], 3 + 4 + 1 + 'two\nthree\n'.length + 3), '```text\ntwo\nthree\n```');
  });

  test('no lines, no fence', () => {
    assert.equal(fenced([], 100), '');
    assert.equal(fenced(['', ' '], 100), '');
  });

  test('a progress bar shows its last state', () => {
    assert.equal(fenced(['10 %\r50 %\r100 %\r\n'], 100), '```text\n100 %\n```');
  });
});

describe('plainText', () => {
  test('one line within the length', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 60 }), (text, max) => {
        const plain = plainText(text, max);
        assert.ok(plain.length <= max && plain.isWellFormed());
        assert.doesNotMatch(plain, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('redact', () => {
  const secrets: readonly (readonly [string, string, string])[] = [
    ['an installation token', 'using ghs_16C7e42F292c6912E7710c838347Ae178B4a now', 'using [redacted] now'],
    ['an installation token of the newer form', 'ghs_APP123_eyJhbGciOi.J9eyJzdWIi-x_y.z', '[redacted]'],
    ['a personal token', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', '[redacted]'],
    ['a fine-grained token', 'github_pat_11ABCDEFG0abcdefghij_1234567890', '[redacted]'],
    ['a header', 'Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['a bearer token', 'curl -H "X: Bearer a1b2c3d4e5"', 'curl -H "X: Bearer [redacted]"'],
    ['an AWS key id', 'id AKIAIOSFODNN7EXAMPLE', 'id [redacted]'],
    [
      'an AWS secret',
      'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'AWS_SECRET_ACCESS_KEY=[redacted]',
    ],
    [
      'a private key',
      'a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nxyz\n-----END RSA PRIVATE KEY-----\nb',
      'a\n[redacted]\nb',
    ],
    ['a private key cut off', '-----BEGIN PRIVATE KEY-----\nMIIE', '[redacted]'],
    ['the end of a private key', `${'aB3/'.repeat(16)}\nshort=`, '[redacted]\nshort='],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1', '[redacted]'],
    ['a password', 'DB_PASSWORD=hunter2, x', 'DB_PASSWORD=[redacted], x'],
    ['a quoted password', '{"password": "hun ter2", "a": 1}', '{"password": [redacted], "a": 1}'],
    ['a token in YAML', 'apiToken: abc', 'apiToken: [redacted]'],
    ['a secret in a query', 'https://a.b/?client_secret=abc&x=1', 'https://a.b/?client_secret=[redacted]&x=1'],
    ['an option', 'run --db-password hunter2 -v', 'run --db-password [redacted] -v'],
    ['an address', 'postgres://foo:hun/t@er2@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['an address with a token for a user', 'https://x-access@github.com/a', 'https://[redacted]@github.com/a'],
  ];
  for (const [name, text, expected] of secrets) {
    test(name, () => {
      assert.equal(redact(text), expected);
    });
  }

  const harmless = [
    'http://localhost:3000/@vite/client',
    'ghcr.io/bar/secret-service:4fe2d1c',
    'secret "db" not found',
    'Unexpected token } in JSON at position 3',
    'Basic authentication failed',
    'npm_config_registry is set, gh_pages too',
    'a user@example.com and password rules',
  ];
  for (const text of harmless) {
    test(`left alone: ${text}`, () => {
      assert.equal(redact(text), text);
    });
  }
});
