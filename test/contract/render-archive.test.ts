import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readArchive } from '../../app/io/render/archive.ts';
import { tgz } from '../support/charts/tgz.ts';

const budget = (): { bytes: number; files: number } => ({ bytes: 1024 * 1024, files: 10 });
const pax = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
};
const contents = (files: ReadonlyMap<string, Uint8Array>): Record<string, string> => Object.fromEntries([...files].map(([path, content]) => [path, Buffer.from(content).toString()]));

/** What is refused is in test/support/charts/hostile.ts. */
describe('an archive of a chart', () => {
  test('has files below its one folder; folders and global headers are passed over', () => {
    const files = readArchive(tgz([{ name: 'pax_global_header', type: 'g', content: pax('comment', 'abc') }, { name: 'redis/', type: '5' }, { name: 'redis/Chart.yaml', content: 'name: redis\n' }, { name: 'redis/templates/a.yaml', content: 'a'.repeat(1_000) }, { name: 'redis/empty', type: '\0' }]), budget());
    assert.deepEqual(contents(files), { 'Chart.yaml': 'name: redis\n', 'templates/a.yaml': 'a'.repeat(1_000), empty: '' });
  });

  test('has long names in headers of their own', () => {
    const long = `redis/${'x'.repeat(120)}.yaml`;
    const files = readArchive(tgz([{ name: '././@PaxHeader', type: 'x', content: pax('path', long) }, { name: 'redis/cut', content: 'pax' }, { name: '././@LongLink', type: 'L', content: `${long}2\0` }, { name: 'redis/cut', content: 'gnu' }, { name: 'redis/cut', content: 'own' }]), budget());
    assert.deepEqual(contents(files), { [long.slice(6)]: 'pax', [`${long.slice(6)}2`]: 'gnu', cut: 'own' });
  });

  test('takes from the budget that others have, too', () => {
    const left = { bytes: 5_000, files: 3 };
    const archive = tgz([{ name: 'a/x', content: 'x'.repeat(1_000) }]);
    readArchive(archive, left);
    assert.equal(left.files, 2);
    assert.throws(() => {
      readArchive(archive, left);
      readArchive(archive, left);
    }, /unpacks to more than a chart may have/);
  });

  test('is stopped at the budget while it is unpacked', () => {
    assert.throws(() => readArchive(tgz([{ name: 'a/x', content: Buffer.alloc(2 * 1024 * 1024) }]), budget()), /unpacks to more/);
    assert.throws(() => readArchive(tgz(Array.from({ length: 11 }, (_, index) => ({ name: `a/${index}` }))), budget()), /more files/);
  });

  for (const [what, entry] of Object.entries({
    'a header of a wrong length': { name: 'x', type: 'x', content: '99 path=a/b\n' },
    'a header without a length': { name: 'x', type: 'x', content: 'path=a/b\n' },
    'a size that is no number': { name: 'x', type: 'x', content: pax('size', '-1') },
    'a sparse file': { name: 'x', type: 'x', content: pax('GNU.sparse.major', '1') },
  })) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => readArchive(tgz([entry, { name: 'a/b', content: 'x' }]), budget()), { name: 'BadArchive' });
    });
  }
});
