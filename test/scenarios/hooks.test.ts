import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Exit } from '../../sandbox/kubernetes/containers.ts';
import { deployments, jobs, namespaces } from '../../sandbox/kubernetes/resources.ts';
import type { Job } from '../../sandbox/kubernetes/workloads.ts';
import { until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, label, startPlatform, visit, type Platform, type Project } from '../support/platform.ts';

/** A Job's container that runs until it is told how it ends. */
type Task = { readonly env: Readonly<Record<string, string>>; end(exit: Exit, lines?: readonly string[]): void };

describe('Jobs around a preview', () => {
  let platform: Platform;
  const tasks: Task[] = [];
  before(async () => {
    platform = await startPlatform();
    platform.registry.push('tools/task', '1', {
      start: (env) => {
        const { promise, resolve } = Promise.withResolvers<Exit>();
        const printed: string[] = [];
        const end: Task['end'] = (exit, lines = []) => {
          printed.push(...lines);
          resolve(exit);
        };
        tasks.push({ env, end });
        return { exit: promise, logs: () => [...printed] };
      },
    });
  });
  beforeEach(() => {
    platform.turnPage();
    tasks.length = 0;
  });
  after(() => platform.close());

  const hook = (name: string): string => `{ name: ${name}, image: "registry.test/tools/task:1", command: [task], env: { NAME: ${name}, SHA: "\${sha}" } }`;
  const withHooks = (project: Project, hooks: string): Record<string, string> => ({ '.cloud/preview.yaml': configOf(project.repo, `tenants: [fr]\nhooks: ${hooks}\n`) });
  const names = (): readonly string[] => tasks.map(({ env }) => env['NAME'] ?? '');
  const started = (count: number): Promise<void> => until(`${count} tasks have started`, () => tasks.length >= count);
  const ended = (index: number): Task => {
    const task = tasks[index];
    assert.ok(task, `no task ${index}`);
    return task;
  };
  const deployed = (namespace: string): boolean => platform.kubernetes.store.list(deployments, namespace).length > 0;

  test('killed in the middle of a setup Job, which ends meanwhile: it does not run again, and the rest follows', async () => {
    const project = platform.project('meanwhile');
    const number = project.open('feature', withHooks(project, `{ setup: [${hook('migrate')}, ${hook('seed')}] }`));
    platform.world.addLabel(project.repo, number, label);
    await started(1);
    await platform.avant().kill();
    ended(0).end({ code: 0 });
    await until('the Job is complete', () => (platform.kubernetes.store.list(jobs, `meanwhile-${number}-fr`) as Job[]).some(({ status }) => status.completionTime !== undefined));
    await platform.boot();
    await started(2);
    assert.equal(deployed(`meanwhile-${number}-fr`), false, 'the second Job comes before the rest');
    ended(1).end({ code: 0 });
    await converge(platform);
    assert.deepEqual(names(), ['migrate', 'seed']);
  });

  test('killed in the middle of a setup Job, which goes on afterwards; of the next commit it runs anew', async () => {
    const project = platform.project('onward');
    const number = project.open('feature', withHooks(project, `{ setup: [${hook('migrate')}] }`));
    platform.world.addLabel(project.repo, number, label);
    await started(1);
    await platform.avant().kill();
    await platform.boot();
    ended(0).end({ code: 0 });
    await converge(platform);
    const first = platform.world.pullRequest(project.repo, number).headSha;

    const second = project.push('feature');
    await started(2);
    await platform.avant().kill();
    await platform.boot();
    ended(1).end({ code: 0 });
    await converge(platform);
    assert.deepEqual(tasks.map(({ env }) => env['SHA']), [first, second]);
  });

  test('a setup Job that fails for good is told with its last lines, what ran before stays; a push starts anew', async () => {
    const project = platform.project('failing');
    const number = project.open('feature', withHooks(project, `{ setup: [${hook('migrate')}] }`));
    platform.world.addLabel(project.repo, number, label);
    await started(1);
    ended(0).end({ code: 0 });
    await converge(platform);
    const pull = platform.world.pullRequest(project.repo, number);
    const page = (await visit(platform, `failing-${number}-fr.preview.test`)).body;

    project.push('feature');
    // Once, and as often again as Jobs are tried.
    for (let times = 1; times <= 4; times += 1) {
      await started(1 + times);
      ended(times).end({ code: 2 }, [`relation ${times} exists already`]);
    }
    await until('it is told', () => /setup Job failed[\s\S]*relation 4 exists already/i.test(ourComments(pull)[0] ?? ''));
    assert.equal((await visit(platform, `failing-${number}-fr.preview.test`)).body, page);

    project.push('feature');
    await started(6);
    ended(5).end({ code: 0 });
    await converge(platform);
    assert.equal(tasks.length, 6);
  });

  test('killed in the middle of a teardown Job: it does not run again, the preview goes when it has ended', async () => {
    const project = platform.project('leaving');
    const number = project.open('feature', withHooks(project, `{ teardown: [${hook('farewell')}, ${hook('after')}] }`));
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    assert.deepEqual(names(), [], 'nothing runs before it is to go');
    platform.world.merge(project.repo, number);
    await started(1);
    assert.equal((await visit(platform, `leaving-${number}-fr.preview.test`)).status, 404, 'the link is gone first');
    await platform.avant().kill();
    await platform.boot();
    assert.ok(platform.kubernetes.store.list(namespaces).some(({ metadata }) => metadata.name === `leaving-${number}-fr` && metadata.deletionTimestamp === undefined));
    ended(0).end({ code: 0 });
    await started(2);
    ended(1).end({ code: 1 }, ['nobody listens']);
    await started(3);
    for (const index of [2, 3, 4]) {
      await started(index + 1);
      ended(index).end({ code: 1 }, ['nobody listens']);
    }
    await converge(platform);
    assert.deepEqual(names(), ['farewell', 'after', 'after', 'after', 'after']);
    assert.match(ourComments(platform.world.pullRequest(project.repo, number))[0] ?? '', /teardown Job/);
  });

  test('a preview that is asked for again while its teardown Job runs is made anew once it has gone', async () => {
    const project = platform.project('again');
    const number = project.open('feature', withHooks(project, `{ teardown: [${hook('farewell')}] }`));
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    platform.world.removeLabel(project.repo, number, label);
    await started(1);
    platform.world.addLabel(project.repo, number, label);
    ended(0).end({ code: 0 });
    await converge(platform);
    platform.world.removeLabel(project.repo, number, label);
    await started(2);
    ended(1).end({ code: 0 });
    await converge(platform);
  });
});
