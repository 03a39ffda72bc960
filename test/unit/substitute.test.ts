import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { substitute, templateNames, unknownIn } from '../../app/core/substitute.ts';

const values = {
  app: 'foo',
  pr: '241',
  tenant: 'fr',
  sha: 'abc123',
  shortSha: 'abc',
  branch: 'main',
  host: 'foo-241-fr.preview.bar.com',
};

describe('substitute', () => {
  const cases: [string, string][] = [
    ['', ''],
    ['registry.bar.com/foo:${sha}', 'registry.bar.com/foo:abc123'],
    ['${app}-${pr}-${tenant} ${shortSha} ${branch} ${host}', 'foo-241-fr abc main foo-241-fr.preview.bar.com'],
    ['${tenant}${tenant}', 'frfr'],
    ['$${tenant}', '${tenant}'],
    ['$$${tenant}', '$${tenant}'],
    ['$ $$ {} $x }', '$ $$ {} $x }'],
  ];
  for (const [template, filled] of cases)
    test(`fills ${JSON.stringify(template)} in`, () => {
      assert.equal(substitute(template, values), filled);
    });

  test('goes once over the template: a value is never read as one', () => {
    assert.equal(
      substitute('${branch}${tenant}', { ...values, branch: '${sha}$&$1', tenant: '$${app}' }),
      '${sha}$&$1$${app}',
    );
  });

  const wrong: [string, string[]][] = [
    ['${nope}', ['${nope}']],
    ['${SHA} ${sha}', ['${SHA}']],
    ['${ sha }', ['${ sha }']],
    ['${}', ['${}']],
    ['${sha', ['${']],
    ['${a${sha}', ['${']],
    ['${toString} ${toString} ${__proto__}', ['${toString}', '${__proto__}']],
  ];
  for (const [template, unknown] of wrong) {
    test(`refuses ${template}`, () => {
      assert.deepEqual(unknownIn(template), unknown);
      assert.throws(() => substitute(template, values), TypeError);
    });
  }

  test('throws exactly where unknownIn finds something, and leaves no known name', () => {
    const pieces = fc.constantFrom('$', '{', '}', '${', '$${', 'sha', 'nope', '${sha}', '${tenant}', ' ');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (some) => {
        const template = some.join('');
        if (unknownIn(template).length > 0) assert.throws(() => substitute(template, values), TypeError);
        else if (!template.includes('$${')) assert.doesNotMatch(substitute(template, values), /\$\{(sha|tenant)\}/);
      }),
    );
  });

  test('every name is filled in', () => {
    for (const name of templateNames) assert.equal(substitute(`\${${name}}`, values), values[name]);
  });
});
