import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { app, until, type Avant } from '../support/avant.ts';
import { converge } from '../support/convergence.ts';
import { openDoor, type TestDoor } from '../support/scripted-door.ts';
import { configOf, label, startPlatform, visit, type Platform, type Project } from '../support/platform.ts';

describe('a preview is live once it answered through the door', () => {
  let platform: Platform;
  let door: TestDoor;
  before(async () => {
    door = await openDoor();
    platform = await startPlatform({ yaml: `door: { address: ${door.address}, headers: { X-Key: s3cret-key } }\n` });
    door.edge = platform.edge.url;
  });
  beforeEach(() => {
    platform.turnPage();
    door.says.clear();
  });
  after(async () => {
    await platform.close();
    await door.close();
  });

  const one = (project: Project, name: string): number => project.open(name, { '.cloud/preview.yaml': configOf(project.repo, 'tenants: [fr]\n') });
  const hostOf = (project: Project, number: number): string => `${project.app}-${number}-fr.preview.test`;
  const comment = (project: Project, number: number): string => {
    const ours = platform.world.pullRequest(project.repo, number).comments.filter(({ author }) => author.login === `${app.slug}[bot]`);
    assert.ok(ours.length <= 1);
    return ours[0]?.body ?? '';
  };
  const states = (project: Project): readonly string[] => platform.world.repository(project.repo).deployments.map(({ statuses }) => statuses.at(-1)?.state ?? 'none');
  /** Questions that an Avant still asks. */
  const questions = async (avant: Avant): Promise<number> => Number(/^avant_door_questions (\d+)$/m.exec(await (await fetch(`${avant.adminUrl}/metrics`)).text())?.[1]);

  test('a slow door: first 404, then 503, then the preview itself; the deployment follows', async () => {
    const project = platform.project('slow');
    const number = one(project, 'feature');
    const host = hostOf(project, number);
    door.says.set(host, 404);
    platform.world.addLabel(project.repo, number, label);
    await until('the edge has it', async () => (await visit(platform, host)).status === 200);
    await until('the comment says 404', () => /does not have its host yet \(404\)/.test(comment(project, number)));
    assert.deepEqual(states(project), ['in_progress']);
    door.says.set(host, 503);
    await until('the comment says 503', () => /no server for it \(503\)/.test(comment(project, number)));
    assert.deepEqual(states(project), ['in_progress']);
    assert.equal(await questions(platform.avant()), 1);
    door.says.delete(host);
    await converge(platform);
    assert.deepEqual(states(project), ['success']);
    await until('nothing is asked any more', async () => (await questions(platform.avant())) === 0);
    assert.doesNotMatch(platform.output(), /s3cret-key/);
  });

  test('a push is asked about anew, a merge is not', async () => {
    const project = platform.project('pushed');
    const number = one(project, 'feature');
    const host = hostOf(project, number);
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    const before = door.asked(host);
    door.says.set(host, 'hang');
    const sha = project.push('feature');
    await until('the new commit runs', async () => (await visit(platform, host)).body.includes('push'));
    await until('it is asked', () => door.asked(host) > before);
    await until('the comment says that it is on its way', () => new RegExp(`being updated[^]*${sha.slice(0, 7)}`).test(comment(project, number)));
    door.says.delete(host);
    await converge(platform);
    platform.world.merge(project.repo, number);
    await converge(platform);
    assert.equal(await questions(platform.avant()), 0);
  });

  test('Avant is killed while it asks: the next one asks on, and tells once', async () => {
    const project = platform.project('killed');
    const number = one(project, 'feature');
    const host = hostOf(project, number);
    door.says.set(host, 'cut');
    platform.world.addLabel(project.repo, number, label);
    await until('the comment says so', () => /gives no answer/.test(comment(project, number)));
    await platform.avant().kill();
    const before = door.asked(host);
    await platform.boot();
    await until('it is asked again', () => door.asked(host) > before);
    door.says.delete(host);
    await converge(platform);
    assert.deepEqual(states(project), ['success']);
  });

  test('two Avants at once each ask, and neither goes on once one of them has the answer', async () => {
    const project = platform.project('both');
    const number = one(project, 'feature');
    const host = hostOf(project, number);
    door.says.set(host, 503);
    platform.world.addLabel(project.repo, number, label);
    await until('it is asked', () => door.asked(host) > 0);
    const second = await platform.beside();
    try {
      await until('both ask', async () => (await questions(platform.avant())) === 1 && (await questions(second)) === 1);
      door.says.delete(host);
      await converge(platform);
      await until('neither asks', async () => (await questions(platform.avant())) === 0 && (await questions(second)) === 0);
      assert.deepEqual(states(project), ['success']);
    } finally {
      await second.stop();
    }
  });
});
