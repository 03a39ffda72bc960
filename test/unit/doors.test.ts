import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DoorAnswer } from '../../app/core/door.ts';
import type { DoorQuestion } from '../../app/core/ports.ts';
import { openDoors, type OpenDoors } from '../../app/io/door/doors.ts';
import { openFairLine } from '../../app/io/door/fair-line.ts';
import { pauseMs } from '../../app/io/door/pause.ts';

const app = (status: number): DoorAnswer => ({ kind: 'app', status });
const door = (status: number): DoorAnswer => ({ kind: 'door', status });
const question = (parts: Partial<DoorQuestion> = {}): DoorQuestion => ({ cluster: 'home', host: 'foo-1.preview.bar.com', path: '/', marker: 'foo-1', version: 'v1', settleMs: 0, ...parts });

/** The asking of one process, with a clock, a door and a record in the test's hands. */
type Rig = {
  readonly doors: OpenDoors;
  /** When each host was asked, in milliseconds. */
  readonly asked: { readonly host: string; readonly atMs: number }[];
  /** Owners that were told of a change. */
  readonly told: string[];
  /** What a host answers; none unless set: then it never answers. */
  readonly answers: Map<string, DoorAnswer>;
  isOpen: boolean;
  /** Lets the time pass, with all that is due in it. */
  pass(ms: number): Promise<void>;
};

function openRig(atOnce = 50): Rig {
  let nowMs = 0;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const rig: Rig = {
    asked: [],
    told: [],
    answers: new Map(),
    isOpen: true,
    pass: async (ms) => {
      const end = nowMs + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = timers.filter(({ atMs }) => atMs <= end).toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        nowMs = next.atMs;
        next.run();
      }
      nowMs = end;
    },
    doors: openDoors({
      clusters: ['home', 'eu'],
      ask: (of, heard) => {
        rig.asked.push({ host: of.host, atMs: nowMs });
        const answer = rig.answers.get(of.host);
        if (answer === undefined) return new Promise(() => undefined);
        return Promise.resolve().then(() => {
          heard(answer);
        });
      },
      clock: { monotonicMs: () => nowMs },
      onChange: (owner) => rig.told.push(owner),
      isOpen: () => rig.isOpen,
      atOnce,
      after: (ms, run) => {
        const timer = { atMs: nowMs + ms, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
      random: () => 0.5,
    }),
  };
  return rig;
}

const host = question().host;

describe('asking at the door', () => {
  test('the app’s answer is told at once, and it is asked no more', async () => {
    const rig = openRig();
    rig.answers.set(host, app(200));
    assert.equal(rig.doors.answerOf(question(), 'a'), undefined);
    await rig.pass(9_000);
    assert.deepEqual(rig.doors.answerOf(question(), 'a'), app(200));
    assert.deepEqual(rig.told, ['a']);
    assert.equal(rig.asked.length, 1);
    assert.deepEqual(rig.doors.counts(), { open: 0, asked: { app: 1, door: 0, other: 0, none: 0 } });
  });

  test('until then it is asked less and less often', async () => {
    const rig = openRig();
    rig.answers.set(host, door(404));
    rig.doors.answerOf(question(), 'a');
    await rig.pass(5_200);
    assert.deepEqual(rig.asked.map(({ atMs }) => atMs), [0, 25, 75, 175, 375, 775, 1_575, 3_175, 5_175]);
    assert.equal(rig.doors.counts().open, 1);
  });

  test('what the door says is told once it has lasted, and the app’s answer in between ends it', async () => {
    const rig = openRig();
    rig.answers.set(host, door(404));
    rig.doors.answerOf(question(), 'a');
    await rig.pass(3_000);
    assert.deepEqual([rig.told.length, rig.doors.answerOf(question(), 'a')], [0, undefined]);
    await rig.pass(1_000);
    assert.deepEqual([rig.told.length, rig.doors.answerOf(question(), 'a')], [1, door(404)]);
    rig.answers.set(host, app(200));
    await rig.pass(2_000);
    assert.deepEqual([rig.told.length, rig.doors.answerOf(question(), 'a')], [2, app(200)]);
  });

  test('doors that disagree are not told of again and again', async () => {
    const rig = openRig();
    rig.doors.answerOf(question(), 'a');
    const statuses = [404, 503];
    rig.answers.set(host, door(404));
    rig.doors.forget('a', []);
    rig.doors.answerOf(question(), 'a');
    for (let turn = 0; turn < 60; turn += 1) {
      rig.answers.set(host, door(statuses[turn % 2] ?? 0));
      await rig.pass(2_000);
    }
    assert.ok(rig.asked.length > 55, `asked ${rig.asked.length} times`);
    assert.ok(rig.told.length >= 2 && rig.told.length <= 12, `told ${rig.told.length} times in two minutes`);
  });

  test('an error of the program is told at once, asked on, and the next status told', async () => {
    const rig = openRig();
    rig.answers.set(host, app(500));
    rig.doors.answerOf(question(), 'a');
    await rig.pass(100);
    assert.deepEqual(rig.doors.answerOf(question(), 'a'), app(500));
    rig.answers.set(host, app(200));
    await rig.pass(1_000);
    assert.deepEqual(rig.doors.answerOf(question(), 'a'), app(200));
    assert.equal(rig.doors.counts().open, 0);
  });

  test('a program that fails in two ways by turns is told of seldom', async () => {
    const rig = openRig();
    rig.answers.set(host, app(500));
    rig.doors.answerOf(question(), 'a');
    for (let turn = 0; turn < 30; turn += 1) {
      rig.answers.set(host, app(turn % 2 === 0 ? 500 : 502));
      await rig.pass(2_000);
    }
    assert.ok(rig.told.length <= 7, `told ${rig.told.length} times in a minute`);
  });

  test('while pods of before may still answer, the app’s answers do not count; the first moment that they do is not missed', async () => {
    const rig = openRig();
    rig.answers.set(host, app(200));
    rig.doors.answerOf(question({ settleMs: 3_000 }), 'a');
    await rig.pass(2_999);
    assert.deepEqual([rig.told.length, rig.doors.answerOf(question({ settleMs: 3_000 }), 'a'), rig.doors.counts().open], [0, undefined, 1]);
    await rig.pass(1);
    assert.deepEqual([rig.told.length, rig.asked.at(-1)?.atMs, rig.doors.counts().open], [1, 3_000, 0]);
  });

  test('once they have ended it is asked at once', async () => {
    const rig = openRig();
    rig.answers.set(host, app(200));
    rig.doors.answerOf(question({ settleMs: 3_000 }), 'a');
    await rig.pass(1_000);
    rig.doors.answerOf(question(), 'a');
    await rig.pass(1);
    assert.deepEqual(rig.doors.answerOf(question(), 'a'), app(200));
  });

  test('another version is another question, and the old one’s late answer is nobody’s', async () => {
    const rig = openRig();
    rig.doors.answerOf(question(), 'a');
    await rig.pass(10);
    rig.answers.set(host, app(200));
    assert.equal(rig.doors.answerOf(question({ version: 'v2' }), 'a'), undefined);
    await rig.pass(10);
    assert.deepEqual(rig.doors.answerOf(question({ version: 'v2' }), 'a'), app(200));
    assert.equal(rig.asked.length, 2);
  });

  test('the same question again asks nothing more', async () => {
    const rig = openRig();
    rig.answers.set(host, door(404));
    for (let times = 0; times < 5; times += 1) rig.doors.answerOf(question(), 'a');
    await rig.pass(20);
    assert.equal(rig.asked.length, 1);
  });

  test('what is forgotten is asked no more, and its answer tells nobody', async () => {
    const rig = openRig();
    rig.answers.set(host, door(404));
    rig.answers.set('kept.preview.bar.com', door(404));
    rig.doors.answerOf(question(), 'a');
    rig.doors.answerOf(question({ host: 'kept.preview.bar.com' }), 'a');
    rig.doors.answerOf(question({ host: 'other.preview.bar.com' }), 'b');
    await rig.pass(60);
    const before = rig.asked.filter((one) => one.host === host).length;
    rig.doors.forget('a', ['kept.preview.bar.com']);
    await rig.pass(4_000);
    assert.equal(rig.asked.filter((one) => one.host === host).length, before);
    assert.ok(rig.asked.filter((one) => one.host === 'kept.preview.bar.com').length > 5);
    assert.equal(rig.doors.counts().open, 2);
  });

  test('after five minutes every ten seconds, after an hour every minute', () => {
    assert.deepEqual([1, 2, 3, 7, 8, 1_000].map((asked) => pauseMs(asked, 0)), [25, 50, 100, 1_600, 2_000, 2_000]);
    assert.deepEqual([299_999, 300_000, 3_599_999, 3_600_000].map((ageMs) => pauseMs(200, ageMs)), [2_000, 10_000, 10_000, 60_000]);
  });

  test('an answer that nobody takes is told again, until the record has it', async () => {
    const rig = openRig();
    rig.answers.set(host, app(200));
    rig.doors.answerOf(question(), 'a');
    await rig.pass(35_000);
    assert.deepEqual([rig.told.length, rig.asked.length], [4, 1]);
    rig.isOpen = false;
    await rig.pass(60_000);
    assert.equal(rig.told.length, 4);
    // It is as if it had never been asked.
    assert.equal(rig.doors.answerOf(question(), 'a'), undefined);
  });

  test('a question that the record no longer wants, since another worker saw to it, ends by itself', async () => {
    const rig = openRig();
    rig.answers.set(host, door(404));
    rig.doors.answerOf(question(), 'a');
    rig.isOpen = false;
    await rig.pass(9_000);
    assert.ok(rig.asked.length > 8, 'the record may come after the question');
    await rig.pass(60_000);
    assert.equal(rig.doors.counts().open, 0);
    assert.ok(rig.asked.length < 15);
  });

  test('a cluster without a door is never asked', async () => {
    const rig = openRig();
    assert.deepEqual(['home', 'eu', 'us'].map(rig.doors.has), [true, true, false]);
    assert.equal(rig.doors.answerOf(question({ cluster: 'us' }), 'a'), undefined);
    await rig.pass(10_000);
    assert.equal(rig.asked.length, 0);
  });

  test('a door that does not answer holds up no other', async () => {
    const rig = openRig(2);
    for (const name of ['a', 'b', 'c', 'd']) rig.doors.answerOf(question({ host: `${name}.bar.com` }), name);
    rig.answers.set('eu.bar.com', app(200));
    rig.doors.answerOf(question({ cluster: 'eu', host: 'eu.bar.com' }), 'e');
    await rig.pass(10);
    assert.equal(rig.asked.length, 3);
    assert.deepEqual(rig.told, ['e']);
  });

  test('closed, nothing more is asked or told', async () => {
    const rig = openRig();
    rig.answers.set(host, door(404));
    rig.doors.answerOf(question(), 'a');
    await rig.pass(30);
    rig.doors.close();
    const before = rig.asked.length;
    assert.equal(rig.doors.answerOf(question({ version: 'v2' }), 'a'), undefined);
    await rig.pass(20_000);
    assert.deepEqual([rig.asked.length, rig.told.length], [before, 0]);
  });
});

describe('the line before a door', () => {
  test('owners take turns, and no more run than may', async () => {
    const line = openFairLine(2);
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const add = (owner: string, name: string): void => {
      line.add(owner, () => {
        order.push(name);
        return new Promise((resolve) => ends.push(resolve));
      });
    };
    for (const name of ['a1', 'a2', 'a3', 'a4']) add('a', name);
    add('b', 'b1');
    add('c', 'c1');
    assert.deepEqual(order, ['a1', 'a2']);
    for (let ended = 0; ended < 6; ended += 1) {
      ends[ended]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(order, ['a1', 'a2', 'a3', 'b1', 'c1', 'a4']);
  });
});
