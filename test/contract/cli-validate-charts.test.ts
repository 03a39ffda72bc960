import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { main } from '../../app/cli/main.ts';
import { checkOut } from './cli-branches.ts';

/** Runs `avant validate` in this process; returns its exit code and what it printed. */
async function validate(...words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const printed = { out: '', err: '' };
  const log = mock.method(console, 'log', (text: string) => (printed.out += `${text}\n`));
  const error = mock.method(console, 'error', (text: string) => (printed.err += `${text}\n`));
  try {
    return { code: await main(['validate', ...words]), ...printed };
  } finally {
    log.mock.restore();
    error.mock.restore();
  }
}

/** What it comes to needs no helm: that is not reached. */
describe('avant validate of a chart with a subchart from a repository', () => {
  let dir: string;
  let config: string;
  const chart = (version: string): string => `apiVersion: v2\nname: api\nversion: 0.1.0\ndependencies:\n  - { name: redis, version: ${version}, repository: "https://charts.bar.com/stable" }\n`;
  before(() => {
    dir = checkOut({ files: { '.cloud/charts/api/Chart.yaml': chart('1.2.3') } });
    config = join(dir, 'avant.yaml');
    writeFileSync(config, 'domain: preview.bar.com\ncharts: { repositories: [https://charts.bar.com/stable/] }\n');
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  test('says that it cannot be told offline, and what to do', async () => {
    const { code, err } = await validate(dir, '--config', config);
    assert.match(err, /^avant: \.cloud\/charts\/api\/Chart\.yaml dependencies\[0\]: redis 1\.2\.3 is fetched from https:\/\/charts\.bar\.com\/stable when it is deployed, and nothing is fetched here: .*helm dependency build/);
    assert.equal(code, 3);
  });

  test('finds what is wrong without it', async () => {
    writeFileSync(join(dir, '.cloud/charts/api/Chart.yaml'), chart('^1.2.3'));
    const { code, out } = await validate(dir, '--config', config);
    assert.match(out, /dependencies\[0\]\.version: is "\^1\.2\.3", which is a range or no version: .* — write the exact version/);
    assert.equal(code, 1);
  });

  test('without --config no repository is listed', async () => {
    writeFileSync(join(dir, '.cloud/charts/api/Chart.yaml'), chart('1.2.3'));
    const { code, out } = await validate(dir);
    assert.match(out, /dependencies\[0\]\.repository: is "https:\/\/charts\.bar\.com\/stable", which is not read: "redis" is not in charts\/ — run `helm dependency build`/);
    assert.equal(code, 1);
  });
});
