import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isOurLabel, sameLabel, wantedTenants } from '../../app/core/labels.ts';

const tenants = ['fr', 'be', 'sk'];
const read = (...labels: string[]): ReturnType<typeof wantedTenants> => wantedTenants(labels, 'cd/preview', tenants);

describe('wantedTenants', () => {
  const wanted: [string[], 'all' | 'none' | string[]][] = [
    [[], 'none'],
    [['bug', 'cd/deploy', 'preview'], 'none'],
    [['cd/preview'], 'all'],
    [['bug', 'CD/Preview'], 'all'],
    [['cd/preview/fr'], ['fr']],
    [['CD/PREVIEW/FR'], ['fr']],
    [
      ['cd/preview/be', 'cd/preview/fr', 'cd/preview/be'],
      ['fr', 'be'],
    ],
    [['cd/preview/fr', 'cd/preview'], 'all'],
    [['cd/preview/xx'], 'none'],
    [['cd/preview/xx', 'cd/preview/be'], ['be']],
  ];
  for (const [labels, expected] of wanted)
    test(`reads ${JSON.stringify(labels)}`, () => {
      assert.deepEqual(read(...labels).wanted, expected);
    });

  test('names labels of tenants that there are not, as they are written', () => {
    assert.deepEqual(read('cd/preview/xx', 'CD/preview/Fr/x', 'cd/preview/fr'), {
      wanted: ['fr'],
      unknown: ['cd/preview/xx', 'CD/preview/Fr/x'],
      lookalikes: [],
    });
  });

  const alike: Record<string, [string, string?]> = {
    'a Cyrillic с (B11)': ['\u0441d/preview'],
    'a full-width slash (B11)': ['cd\uff0fpreview'],
    'full-width letters': ['\uff43\uff44/preview'],
    'a zero-width space (B11)': ['cd/preview\u200b'],
    'a soft hyphen': ['cd/pre\u00advie\u00adw'],
    'a trailing space (B11)': ['cd/preview '],
    'a hyphen (B11)': ['cd-preview'],
    'an underscore': ['CD_Preview'],
    'no separator': ['cdpreview'],
    'a trailing slash': ['cd/preview/'],
    'a backslash': ['cd\\preview'],
    'a digit more (B11)': ['cd/preview2'],
    'a letter less': ['cd/previw'],
    'another letter': ['cd/previev'],
    'a tenant after a hyphen': ['cd/preview-fr', 'cd/preview/fr'],
    'a tenant in Cyrillic': ['cd/preview/\u0455k', 'cd/preview/sk'],
    'a tenant with the Kelvin sign': ['cd/preview/s\u212a', 'cd/preview/sk'],
    'a tenant with a space': ['cd/preview/ fr', 'cd/preview/fr'],
  };
  for (const [what, [label, meant = 'cd/preview']] of Object.entries(alike)) {
    test(`asks for nothing with ${what}, and tells which is meant`, () => {
      assert.deepEqual(read(label), { wanted: 'none', unknown: [], lookalikes: [{ label, meant }] });
    });
  }

  test('takes another case for the same label (B11)', () => {
    assert.deepEqual(read('CD/Preview'), { wanted: 'all', unknown: [], lookalikes: [] });
  });

  test('leaves other labels alone', () => {
    assert.deepEqual(
      read('preview', 'cd', 'cd/production', 'needs-preview', 'cd/preview-later', '', '///', '🚀').lookalikes,
      [],
    );
    assert.deepEqual(wantedTenants(['up', 'x', 'po'], 'p', []).lookalikes, []);
  });

  test('takes any label as the prefix', () => {
    assert.deepEqual(wantedTenants(['Preview: FR', 'a.*b/fr'], 'a.*b', tenants), {
      wanted: ['fr'],
      unknown: [],
      lookalikes: [],
    });
  });

  test('wants something exactly when a label is the very label, apart from the case of A to Z', () => {
    const pieces = fc.constantFrom('cd', 'CD', '/', 'preview', 'Preview', 'fr', 'xx', ' ', '\u200b', '-', '\u0441');
    const labels = fc.array(
      fc.array(pieces, { maxLength: 5 }).map((some) => some.join('')),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(labels, (some) => {
        const exact = some.filter((label) => /^[cC][dD]\/[pP]review(\/fr)?$/.test(label));
        const { wanted: got, unknown, lookalikes } = read(...some);
        assert.equal(got !== 'none', exact.length > 0);
        for (const label of [...unknown, ...lookalikes.map((each) => each.label)]) assert.ok(!exact.includes(label) && some.includes(label));
      }),
    );
  });
});

test('isOurLabel knows the label and what begins with it and a slash', () => {
  for (const label of ['cd/preview', 'CD/Preview', 'cd/preview/fr', 'cd/preview/', 'cd/preview/no-tenant']) assert.ok(isOurLabel(label, 'cd/Preview'), label);
  for (const label of ['', 'cd', 'cd/previews', 'cd-preview', '\u0441d/preview', 'x/cd/preview']) assert.ok(!isOurLabel(label, 'cd/preview'), label);
});

test('sameLabel looks past the case of A to Z only', () => {
  assert.ok(sameLabel('CD/preview/SK', 'cd/preview/sk'));
  assert.ok(!sameLabel('cd/preview/s\u212a', 'cd/preview/sk'));
  assert.ok(!sameLabel('cd/preview ', 'cd/preview'));
});
