import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { rules } from '../../app/core/guard/rules.ts';

const page = new URL('../../docs/guard.md', import.meta.url);
const [begin, end] = ['<!-- rules: made from the code -->', '<!-- end of rules -->'];

function withTable(text: string): string {
  const rows = Object.entries(rules).map(([rule, refuses]) => `| \`${rule}\` | ${refuses.replaceAll('|', '\\|')} |`);
  const table = ['| rule | refuses |', '| --- | --- |', ...rows].join('\n');
  return `${text.slice(0, text.indexOf(begin) + begin.length)}\n\n${table}\n\n${text.slice(text.indexOf(end))}`;
}

describe('docs/guard.md', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, withTable(readFileSync(page, 'utf8')));

  test('lists every rule of the code and no others (UPDATE_GOLDEN=1 writes them)', () => {
    const text = readFileSync(page, 'utf8');
    assert.ok(text.includes(begin) && text.includes(end));
    assert.equal(text, withTable(text));
  });

  test('its rules are those that the code names', () => {
    const sources = globSync('app/core/guard/*.ts')
      .filter((file) => !file.endsWith('/rules.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    assert.deepEqual(
      Object.keys(rules).filter((rule) => !sources.includes(`'${rule}'`)),
      [],
    );
  });
});
