import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../app/core/object.ts';
import { findHelm } from '../../app/io/render/find-helm.ts';

const script = fileURLToPath(new URL('../../install/helm.sh', import.meta.url));
const pins = readFileSync(new URL('../../install/helm/go.mod', import.meta.url), 'utf8');

describe('where helm is looked for', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'find-helm-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Makes a file that says it is a helm of this version. */
  function helmAt(path: string, version: string): string {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho ${version}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** What install/helm.sh prints, which must be what is found. */
  function bothFind(env: Record<string, string>): string | undefined {
    const found = findHelm(env);
    const { stdout, stderr, status } = spawnSync(script, [], { encoding: 'utf8', env: { ...env, PATH: `${env['PATH'] ?? ''}:/usr/bin:/bin` } });
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trim(), found);
    return found;
  }

  const version = /helm\.sh\/helm\/v4 (v\S+)/.exec(pins)?.[1] ?? '';
  const built = `cache/avant/helm-${version}-${sha256(pins).slice(0, 12)}/helm`;

  test('what AVANT_HELM says, whatever else there is', () => {
    const file = helmAt('own/helm', 'v4.0.0');
    helmAt('path/helm', 'v4.1.0+g123');
    assert.equal(bothFind({ AVANT_HELM: file, PATH: join(folder, 'path'), HOME: folder }), file);
  });

  test('helm 4 on PATH', () => {
    const file = helmAt('path/helm', 'v4.1.0+g123');
    assert.equal(bothFind({ PATH: join(folder, 'path'), HOME: folder }), file);
  });

  test('what install/helm.sh built, where PATH has none, or another major', () => {
    const file = helmAt(built, version);
    helmAt('old/helm', 'v3.20.1+g123');
    for (const path of ['old', 'nothing']) assert.equal(bothFind({ PATH: join(folder, path), XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder }), file);
  });

  test('nowhere', () => {
    assert.equal(findHelm({ PATH: join(folder, 'nothing'), XDG_CACHE_HOME: join(folder, 'nothing'), HOME: folder }), undefined);
    assert.equal(findHelm({ HOME: folder }), undefined);
  });
});
