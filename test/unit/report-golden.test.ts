import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { checkFor } from '../../app/core/report/check.ts';
import { commentBody } from '../../app/core/report/comment.ts';
import { reportCases } from '../support/report-cases.ts';

/** UPDATE_GOLDEN=1 writes the files anew; then look at them as a developer would on the pull request. */
const update = process.env['UPDATE_GOLDEN'] === '1';
const folder = new URL('../golden/report/', import.meta.url);

describe('what a developer reads', () => {
  for (const { name, input } of reportCases) {
    test(name, () => {
      const check = checkFor([input], true);
      const texts = {
        'comment.md': `${commentBody(input) ?? '(no comment)'}\n`,
        'check.json': `${JSON.stringify(check, null, 2)}\n`,
      };
      for (const [file, text] of Object.entries(texts)) {
        const path = new URL(`${name}/${file}`, folder);
        if (update) {
          mkdirSync(new URL('.', path), { recursive: true });
          writeFileSync(path, text);
        }
        assert.equal(text, readFileSync(path, 'utf8'));
      }
    });
  }

  test('every golden file has its case', () => {
    assert.deepEqual(readdirSync(folder).toSorted(), reportCases.map(({ name }) => name).toSorted());
  });
});
