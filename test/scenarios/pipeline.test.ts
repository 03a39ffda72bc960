import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { freePort, until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, label, startPlatform, type Platform, type Project } from '../support/platform.ts';

const context = 'continuous-integration/jenkins/pr-head';
const waiting = (repo: string): string => configOf(repo, `tenants: [fr]\nwaitFor: { checks: [${context}], timeout: 30m }\n`);
/** What the App asked for before it waited for CI. */
const olderPermissions = { metadata: 'read', contents: 'read', pull_requests: 'write', issues: 'read', checks: 'write', deployments: 'write' } as const;

describe('commits that wait for CI', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  /** Opens a labelled pull request, and returns it once its comment says that it waits. */
  async function open(project: Project, says: RegExp): Promise<ReturnType<Platform['world']['pullRequest']>> {
    const number = project.open('feature', { '.cloud/preview.yaml': waiting(project.repo) });
    platform.world.addLabel(project.repo, number, label);
    const pull = platform.world.pullRequest(project.repo, number);
    await until('the comment says so', () => says.test(ourComments(pull)[0] ?? ''));
    return pull;
  }

  /** Does something of which no webhook tells. */
  async function unheard(act: () => void): Promise<void> {
    await platform.github.deliveries.settled();
    platform.github.setWebhook(`http://127.0.0.1:${await freePort()}/api/github/webhooks`);
    act();
    await platform.github.deliveries.settled();
    platform.github.setWebhook(platform.avant().webhookUrl);
  }

  test('the webhook of a status is lost: resync finds it, green and red', async () => {
    const project = platform.project('unheard');
    const pull = await open(project, /Waiting for `continuous-integration/);
    await unheard(() => {
      platform.world.setStatus(project.repo, { sha: pull.headSha, state: 'success', context });
    });
    await converge(platform);

    const good = pull.headSha;
    project.push('feature');
    await until('the next commit waits', () => /Waiting for `continuous-integration/.test(ourComments(pull)[0] ?? ''));
    await unheard(() => {
      platform.world.setStatus(project.repo, { sha: pull.headSha, state: 'failure', context, targetUrl: 'https://jenkins.test/42' });
    });
    await until('red is said', () => /a check failed[\s\S]*\]\(https:\/\/jenkins\.test\/42\): failed/.test(ourComments(pull)[0] ?? ''));
    await until('what ran before stays', () => (ourComments(pull)[0] ?? '').includes(good.slice(0, 7)));

    await unheard(() => {
      platform.world.setStatus(project.repo, { sha: pull.headSha, state: 'success', context });
    });
    await converge(platform);
  });

  test('an installation that has not granted reading statuses is told; once it has, resync finds what they say', async () => {
    const project = platform.project('older', { permissions: olderPermissions });
    // As long as there is no status, GitHub does not tell whether they could be read.
    const pull = await open(project, /Waiting for `continuous-integration/);
    platform.world.setStatus(project.repo, { sha: pull.headSha, state: 'success', context });
    await until('it is told', () => /has not been given permission to read/.test(ourComments(pull)[0] ?? ''));
    // The token that Avant has at that moment has what was granted when it was made.
    await unheard(() => {
      platform.world.acceptPermissions(platform.world.installation(`org-${project.app}`));
    });
    await converge(platform);
  });

  test('what does not wait for CI does not need the permission', async () => {
    const project = platform.project('plain', { permissions: olderPermissions });
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    assert.doesNotMatch(ourComments(platform.world.pullRequest(project.repo, number))[0] ?? '', /permission/);
  });
});
