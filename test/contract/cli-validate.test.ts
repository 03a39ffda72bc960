import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { main } from '../../app/cli/main.ts';
import type { Result } from '../../app/cli/result.ts';
import { sha } from '../../app/cli/validate.ts';
import type { PullRequestRecord } from '../../app/core/record.ts';
import { configMaps } from '../../sandbox/kubernetes/resources.ts';
import { until } from '../support/avant.ts';
import { helm, helmProblem } from '../support/charts/cloud.ts';
import { label, startPlatform, type Platform } from '../support/platform.ts';
import { branches, checkOut, type Branch } from './cli-branches.ts';

const limits = 'limits: { replicas: 3 }\n';
const yaml = `domain: preview.test\nurl: http://\${host}\ntenants: { fr: {}, be: {}, hr: {}, hu: {} }\n${limits}`;

/** Runs `avant` in this process; returns its exit code and what it printed. */
async function avant(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const log = mock.method(console, 'log', (text: string) => (printed.out += `${text}\n`));
  const error = mock.method(console, 'error', (text: string) => (printed.err += `${text}\n`));
  try {
    return { code: await main(argv), ...printed };
  } finally {
    log.mock.restore();
    error.mock.restore();
  }
}

describe('avant validate tells what the record of a reconcile tells', { skip: helmProblem(), timeout: 300_000 }, () => {
  let platform: Platform;
  const dirs: string[] = [];

  before(async () => {
    platform = await startPlatform({ yaml: limits, env: helm === undefined ? {} : { AVANT_HELM: helm } });
  });
  after(async () => {
    await platform.close();
    for (const dir of dirs) rmSync(dir, { recursive: true });
  });

  /** Opens the first pull request of a new repository with the files; returns its record once there is one. */
  async function reconciled(
    { files }: Branch,
    repo: { readonly owner: string; readonly name: string },
  ): Promise<PullRequestRecord> {
    const { world, kubernetes } = platform;
    const full = `${repo.owner}/${repo.name}`;
    world.createInstallation(repo.owner);
    const { nodeId } = world.createRepository({ ...repo, private: true, files: { 'README.md': 'a' } });
    const tenantLabel = `${label}/fr`;
    for (const name of [label, tenantLabel]) world.createLabel(full, { name });
    world.commit(full, 'feature', { 'README.md': 'b', ...files });
    const number = world.openPullRequest({ repo: full, head: 'feature', title: 'feature' });
    assert.equal(number, 1);
    world.addLabel(full, number, tenantLabel);
    const find = (): PullRequestRecord | undefined =>
      kubernetes.store
        .list(configMaps, 'avant')
        .flatMap((object) =>
          'data' in object && typeof object.data === 'object'
            ? [(object.data as Record<string, string>)['record'] ?? '']
            : [],
        )
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as PullRequestRecord)
        .find(({ key, decision }) => key.repository === nodeId && decision.reason !== 'NotLabelled');
    await until('the record is there', () => find() !== undefined);
    return find()!;
  }

  for (const [index, branch] of branches.entries()) {
    test(branch.name, async () => {
      const dir = checkOut(branch);
      dirs.push(dir);
      writeFileSync(join(dir, 'avant.yaml'), yaml);
      const repo = { owner: `org-${index}`, name: `app-${index}` };
      const record = await reconciled(branch, repo);
      const { code, out, err } = await avant(
        'validate',
        dir,
        '--config',
        join(dir, 'avant.yaml'),
        '--repository',
        `${repo.owner}/${repo.name}`,
        '--tenant',
        'fr',
        '--kube-version',
        '1.36.1',
        '--json',
      );
      const result = JSON.parse(out) as Result;
      const ofCommit = (text: string): string =>
        text
          .replaceAll(record.facts.pullRequest.headSha, sha)
          .replaceAll(record.facts.pullRequest.headSha.slice(0, 7), sha.slice(0, 7));

      assert.equal(err, '');
      assert.deepEqual(result.decision, { verdict: record.decision.verdict, reason: record.decision.reason });
      if (record.decision.reason !== 'ConfigMissing')
        assert.deepEqual(result.problems, record.decision.problems.map(ofCommit));
      const troubles = Object.entries(record.tenants).map(([tenant, { trouble }]) => [
        tenant,
        trouble && (trouble.problems ?? [trouble.message]).map(ofCommit),
      ]);
      assert.deepEqual(
        result.previews.map(({ tenant, problems }) => [tenant, problems.length === 0 ? undefined : problems]),
        troubles,
      );

      const problems = [...result.problems, ...result.previews.flatMap((preview) => preview.problems)];
      assert.equal(code, branch.problems === 'none' ? 0 : 1);
      if (branch.problems === 'none') assert.deepEqual([problems, result.previews.length], [[], 1]);
      else assert.match(problems.join('\n'), branch.problems);
    });
  }
});
