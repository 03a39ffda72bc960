import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readFolder } from '../../app/cli/folder.ts';
import { BootError } from '../../app/compose.ts';
import { RenderRefused } from '../../app/core/ports.ts';

describe('.cloud/ of a checkout', () => {
  let root: string;
  let count = 0;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'avant-cli-'));
  });
  after(() => {
    rmSync(root, { recursive: true });
  });

  function checkout(files: Readonly<Record<string, string>>): string {
    const dir = join(root, String((count += 1)));
    mkdirSync(dir);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    return dir;
  }

  test('what is there: files in order, charts by name, no empty folders, nothing that is not rendered', () => {
    const dir = checkout({
      '.cloud/preview.yaml': 'a: 1\n',
      '.cloud/charts/b/Chart.yaml': 'b',
      '.cloud/charts/a/x/y': 'a',
      '.cloud/manifests/.keep': '',
      '.cloud/docker/Dockerfile': 'FROM scratch',
    });
    mkdirSync(join(dir, '.cloud/charts/empty'));
    const { folder, config, cloud } = readFolder(dir);
    assert.deepEqual(config, { kind: 'file', text: 'a: 1\n' });
    assert.ok(folder.kind === 'folder');
    assert.deepEqual([folder.charts, folder.manifests], [['a', 'b'], true]);
    assert.deepEqual(
      cloud().files.map(({ path, content }) => [path, Buffer.from(content).toString()]),
      [
        ['charts/a/x/y', 'a'],
        ['charts/b/Chart.yaml', 'b'],
        ['manifests/.keep', ''],
      ],
    );
  });

  test('the directory itself may be reached by a link', () => {
    const link = join(root, 'link');
    symlinkSync(checkout({ '.cloud/preview.yaml': 'a: 1\n' }), link);
    assert.deepEqual(readFolder(link).config, { kind: 'file', text: 'a: 1\n' });
  });

  test('links to folders are not followed, round in circles neither', () => {
    const dir = checkout({ '.cloud/charts/a/Chart.yaml': 'a' });
    symlinkSync('..', join(dir, '.cloud/charts/a/loop'));
    assert.throws(
      () => readFolder(dir).cloud(),
      (error: unknown) => error instanceof RenderRefused && /a\/loop is a symbolic link/.test(error.message),
    );
  });

  test(
    'what Git does not know is not there: a pipe would never end',
    { skip: spawnSync('mkfifo', ['--version']).status !== 0 && 'there is no mkfifo' },
    () => {
      const dir = checkout({ '.cloud/manifests/a.yaml': 'a' });
      assert.equal(
        spawnSync('mkfifo', [join(dir, '.cloud/manifests/pipe.yaml'), join(dir, '.cloud/preview.yaml')]).status,
        0,
      );
      const { config, cloud } = readFolder(dir);
      assert.deepEqual([config, cloud().files.map(({ path }) => path)], [{ kind: 'absent' }, ['manifests/a.yaml']]);
    },
  );

  test(
    'a name that is no UTF-8 is told as one',
    { skip: process.platform !== 'linux' && 'the file system takes no such name' },
    () => {
      const dir = checkout({ '.cloud/manifests/a.yaml': 'a' });
      writeFileSync(
        Buffer.concat([Buffer.from(join(dir, '.cloud/manifests/')), Buffer.from([0xe9]), Buffer.from('.yaml')]),
        'a',
      );
      assert.throws(
        () => readFolder(dir).cloud(),
        (error: unknown) => error instanceof RenderRefused && /no UTF-8; rename it/.test(error.message),
      );
    },
  );

  test('what cannot be read is nobody’s fault who wrote the branch', () => {
    const boot = (message: RegExp) => (error: unknown) => error instanceof BootError && message.test(error.message);
    assert.throws(
      () => readFolder(join(root, 'nowhere')),
      boot(/nowhere is not there: give the directory of a checkout/),
    );
    assert.throws(() => readFolder(join(checkout({ file: '' }), 'file')), boot(/file is no directory/));
    assert.throws(() => readFolder('x'.repeat(5_000)), boot(/cannot be read \(ENAMETOOLONG/));
    const dir = checkout({ '.cloud/manifests/a.yaml': 'a' });
    const { cloud } = readFolder(dir);
    rmSync(join(dir, '.cloud'), { recursive: true });
    assert.throws(cloud, boot(/manifests\/a\.yaml cannot be read \(ENOENT/));
  });
});
