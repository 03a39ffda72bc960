import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cloudLimits, cloudProblems, type CloudEntry } from '../../app/core/cloud-rules.ts';

const file = (path: string, changes: Partial<CloudEntry> = {}): CloudEntry => ({
  path,
  mode: '100644',
  size: 10,
  ...changes,
});

describe('what may be read of .cloud', () => {
  const good: Readonly<Record<string, readonly CloudEntry[]>> = {
    nothing: [],
    'a chart': [
      file('preview.yaml'),
      file('charts/api/Chart.yaml'),
      file('charts/api/.helmignore'),
      file('charts/api/templates/_helpers.tpl'),
      file('charts/api/charts/redis-1.2.3+abc.tgz'),
      file('charts/api/files/run.sh', { mode: '100755' }),
    ],
    'an empty file': [file('charts/api/values.yaml', { size: 0 })],
    'dots, spaces, other letters': [
      file('docker/.dockerignore'),
      file('a..b/c d/.env'),
      file('charts/été/日本.yaml'),
      file('.gitignore'),
      file('.gitkeep'),
    ],
    'the same name in two folders': [file('charts/a/Values.yaml'), file('charts/b/values.yaml')],
    'all that is allowed': [
      file(`${'a/'.repeat(11)}a`),
      file('b'.repeat(200)),
      file('c', { size: cloudLimits.fileBytes }),
    ],
    'as many as are allowed': Array.from({ length: 500 }, (_, i) => file(`f${i}`)),
  };
  for (const [name, entries] of Object.entries(good)) {
    test(name, () => {
      assert.deepEqual(cloudProblems(entries), []);
    });
  }
});

describe('what may not', () => {
  const bad: Readonly<Record<string, [readonly CloudEntry[], RegExp]>> = {
    'a symbolic link (B33)': [
      [file('charts/a', { mode: '120000' })],
      /^\.cloud\/charts\/a is a symbolic link; commit the file itself/,
    ],
    'a submodule (B32)': [
      [file('charts/a', { mode: '160000', size: 0 })],
      /^\.cloud\/charts\/a is a submodule; commit its files/,
    ],
    'a submodule with a carriage return (B32)': [[file('a\r', { mode: '160000' })], /^\.cloud\/"a\\r" is a submodule/],
    'another mode': [[file('a', { mode: '100664' })], /has the mode "100664"; make it a plain file/],
    'a way up (B34)': [[file('../../x')], /^\.cloud\/\.\.\/\.\.\/x has "\.\." in its path; rename it$/],
    'a way nowhere': [[file('a/./x')], /has "\." in its path/],
    'an absolute path (B34)': [[file('/etc/passwd')], /has an empty name in its path/],
    'two slashes': [[file('a//b')], /has an empty name in its path/],
    'a slash at the end': [[file('a/')], /has an empty name in its path/],
    'a drive (B34)': [[file('C:\\x')], /has a backslash in its path/],
    'a drive alone': [[file('c:x')], /begins like a drive/],
    'NUL (B34)': [[file('a\0b')], /^\.cloud\/"a\\u0000b" has a character in its path that cannot be seen/],
    'a line end': [[file('a\nb')], /cannot be seen/],
    'text that runs backwards': [[file('a\u202Eb')], /cannot be seen/],
    'a zero-width space': [[file('a\u200Bb')], /cannot be seen/],
    'half of a letter': [[file('a\uD800b')], /cannot be seen/],
    'no UTF-8, as GitHub gives it': [[file('a\uFFFDb')], /no UTF-8/],
    'a dot at the end (B34)': [[file('charts/a./x')], /ends with a dot or a space/],
    'a space at the end (B34)': [[file('charts/a /x')], /ends with a dot or a space/],
    'a name of 256 bytes': [[file('é'.repeat(128))], /more than 255 bytes; shorten/],
    'a path of 201 characters (B34)': [[file('b'.repeat(201))], /path of 201 characters; 200 are the most/],
    '13 names': [[file(`${'a/'.repeat(12)}a`)], /is 13 names deep; 12 are the most/],
    'Git’s own folder': [[file('charts/a/.git/config')], /Git's own/],
    'Git’s own folder in other letters': [[file('.GIT/hooks/pre-commit')], /Git's own/],
    'Git’s own folder by its short name': [[file('git~1/config')], /Git's own/],
    'a large file (B36)': [
      [file('a', { size: cloudLimits.fileBytes + 1 })],
      /^\.cloud\/a has 524289 bytes; 524288 are the most for one file/,
    ],
    'too much (B36)': [
      Array.from({ length: 5 }, (_, i) => file(`f${i}`, { size: cloudLimits.fileBytes })),
      /^\.cloud has 2621440 bytes; 2097152 are the most: leave out/,
    ],
    'too many (B36)': [
      Array.from({ length: 501 }, (_, i) => file(`f${i}`)),
      /^\.cloud has 501 files; 500 are the most: leave out/,
    ],
    'names that differ in case (B39)': [
      [file('charts/a/Values.yaml'), file('charts/a/values.yaml')],
      /^\.cloud\/charts\/a\/Values\.yaml, \.cloud\/charts\/a\/values\.yaml are one name/,
    ],
    'folders that differ in case': [
      [file('charts/A/x'), file('charts/a/y')],
      /^\.cloud\/charts\/A\/, \.cloud\/charts\/a\/ are one name/,
    ],
    'a file and a folder that differ in case': [[file('charts/A'), file('charts/a/y')], /are one name/],
    'a composed and a taken apart é (B39)': [[file('\u00E9'), file('e\u0301')], /are one name/],
    'a Kelvin sign': [[file('k'), file('\u212A')], /are one name/],
    'a file twice': [[file('a'), file('a')], /^\.cloud\/a is there twice/],
    'a file that is a folder': [[file('a'), file('a/b')], /^\.cloud\/a\/?, \.cloud\/a\/? are one name/],
  };
  for (const [name, [entries, problem]] of Object.entries(bad)) {
    test(name, () => {
      assert.match(cloudProblems(entries)[0] ?? 'no problem', problem);
    });
  }

  test('every problem at once, those of the whole first, the rest by path', () => {
    const entries = [file('z', { mode: '120000' }), file('../x', { mode: '160000', size: 600_000 }), file('ok')];
    const problems = cloudProblems(entries, { ...cloudLimits, files: 2 });
    assert.deepEqual(
      problems.map((problem) => problem.split(' ')[0]),
      ['.cloud', '.cloud/../x', '.cloud/../x', '.cloud/../x', '.cloud/z'],
    );
  });

  test('fifty of them, and how many more', () => {
    const problems = cloudProblems(Array.from({ length: 100 }, (_, i) => file(`l${i}`, { mode: '120000' })));
    assert.deepEqual([problems.length, problems.at(-1)], [51, 'and 50 more problems of this kind']);
  });

  test('a list of a hundred thousand (B36)', () => {
    assert.equal(
      cloudProblems(Array.from({ length: 100_000 }, (_, i) => file(`a/b/c/d/${i}`, { mode: '120000' }))).length,
      51,
    );
  });

  test('what passes never leaves its folder', () => {
    const name = fc.oneof(fc.constantFrom('..', '.', '', '.git', 'a', 'A', 'C:', '\\', ' ', 'a.'), fc.string());
    const paths = fc.array(
      fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(paths, (some) => {
        if (cloudProblems(some.map((path) => file(path))).length > 0) return;
        for (const path of some) {
          assert.equal(
            new URL(path.split('/').map(encodeURIComponent).join('/'), 'file:///cloud/').pathname.split('/').length,
            path.split('/').length + 2,
          );
          for (const each of path.split('/'))
            assert.ok(each !== '' && each !== '.' && each !== '..' && !/[\\\0-\x1f]/.test(each), path);
        }
        assert.equal(new Set(some.map((path) => path.toLowerCase())).size, some.length);
      }),
    );
  });
});
