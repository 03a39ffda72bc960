import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Labelled, Person, PersonsComment } from '../../app/core/facts.ts';
import { admittedLabels, intentAfter, loginsToAsk, restartOf, type Heard, type MayWrite, type Rules } from '../../app/core/intent.ts';
import { nothingAsked, type Intent } from '../../app/core/record.ts';

const head = 'a'.repeat(40);
const other = 'b'.repeat(40);
const rules: Rules = { headSha: head, fork: false, forks: 'approved', tenants: ['fr', 'be'], label: 'cd/preview', people: ['boss', 'helper[bot]'] };
const nothing: Heard = { comments: [], labels: ['cd/preview'], labelled: [] };
const person = (login: string): Person => ({ login, bot: login.endsWith('[bot]') });
/** Minute `id` of a day is when comment `id` was written. */
const minute = (id: number): string => `2026-11-22T08:${String(id).padStart(2, '0')}:00Z`;
const comment = (id: number, body: string, by = 'writer', more: Partial<PersonsComment> = {}): PersonsComment => ({ id, by: person(by), at: minute(id), edited: false, body, ...more });
const labelled = (label: string, by: string, at: string): Labelled => ({ label, by: person(by), at });
const writers: MayWrite = (login) => ['writer', 'dependabot[bot]'].includes(login);
const nobodyKnown: MayWrite = () => undefined;

function after(comments: PersonsComment[], { intent = nothingAsked, mayWrite = writers, ...more }: Partial<Rules & Heard> & { intent?: Intent; mayWrite?: MayWrite } = {}): Intent {
  return intentAfter(intent, { ...nothing, ...more, comments }, mayWrite, { ...rules, ...more });
}

const answersOf = (intent: Intent): string[] => intent.answers.map(({ comment: id, by, command, outcome, why }) => `${id} ${by} ${command} ${outcome}${why === '' ? '' : `: ${why}`}`);

describe('a command', () => {
  test('/preview stop stops, whoever may', () => {
    const intent = after([comment(1, '/preview stop')]);
    assert.deepEqual(intent, { ...nothingAsked, lastCommand: 1, stopped: { by: 'writer', at: minute(1) }, answers: [{ comment: 1, by: 'writer', command: 'stop', outcome: 'done', why: '' }] });
  });

  test('/preview ends a stop', () => {
    const intent = after([comment(1, '/preview stop'), comment(2, '/preview')]);
    assert.equal(intent.stopped, undefined);
    assert.deepEqual(answersOf(intent), ['1 writer stop done', '2 writer deploy done']);
  });

  test('/preview without a label of ours says which label to put on, and a stop stays', () => {
    const stopped = after([comment(1, '/preview stop')]);
    for (const labels of [[], ['bug', 'cd-preview']]) {
      const intent = after([comment(2, '/preview')], { intent: stopped, labels });
      assert.deepEqual(intent.stopped, stopped.stopped);
      assert.match(answersOf(intent)[1] ?? '', /^2 writer deploy refused: .*put `cd\/preview` on/);
    }
  });

  test('/preview restart is remembered by tenant; of all it is newer than those before', () => {
    const one = after([comment(1, '/preview restart fr'), comment(2, '/preview restart be')]);
    assert.deepEqual(one.restarts, { fr: '1', be: '2' });
    const all = after([comment(3, '/preview restart')], { intent: one });
    assert.deepEqual(all.restarts, { '*': '3' });
    const again = after([comment(10, '/preview restart fr')], { intent: all });
    assert.deepEqual(['fr', 'be', '', 'constructor'].map((tenant) => restartOf(again, tenant)), ['10', '3', '3', '3']);
    assert.equal(restartOf(one, ''), undefined);
    assert.deepEqual(answersOf(again), ['1 writer restart fr done', '2 writer restart be done', '3 writer restart done', '10 writer restart fr done']);
  });

  test('/preview restart of a tenant that there is not is refused with the list', () => {
    const intent = after([comment(1, '/preview restart hr'), comment(2, '/preview restart constructor')]);
    assert.deepEqual(intent.restarts, {});
    assert.deepEqual(answersOf(intent), [
      '1 writer restart hr refused: the platform has no tenant `hr` (it has fr, be)',
      '2 writer restart constructor refused: the platform has no tenant `constructor` (it has fr, be)',
    ]);
    assert.match(answersOf(after([comment(1, '/preview restart hr')], { tenants: [] }))[0] ?? '', /it has none: `\/preview restart`/);
  });

  test('/preview restart while stopped is refused', () => {
    const intent = after([comment(1, '/preview stop'), comment(2, '/preview restart')]);
    assert.deepEqual(intent.restarts, {});
    assert.match(answersOf(intent)[1] ?? '', /refused: the previews are stopped: `\/preview`/);
  });

  test('/preview approve is for the newest commit of a fork, exactly', () => {
    const intent = after([comment(1, `/preview approve ${head.toUpperCase()}`)], { fork: true });
    assert.deepEqual(intent.approved, { sha: head, by: 'writer', at: minute(1) });
    const refusals: [Partial<Rules>, string, RegExp][] = [
      [{ fork: true }, other, new RegExp(`\`bbbbbbbbbbbb\` is not the newest commit.*\`/preview approve ${head}\``)],
      [{ fork: false }, head, /only the commits of a fork/],
      [{ fork: true, forks: 'never' }, head, /nothing from forks/],
    ];
    for (const [more, sha, why] of refusals) {
      const refusal = after([comment(1, `/preview approve ${sha}`)], more);
      assert.equal(refusal.approved, undefined);
      assert.match(answersOf(refusal)[0] ?? '', new RegExp(`^1 writer approve ${sha} refused: .*${why.source}`));
    }
  });

  test('a refused approval leaves the one before as it was', () => {
    const intent = after([comment(1, `/preview approve ${head}`), comment(2, `/preview approve ${other}`)], { fork: true });
    assert.equal(intent.approved?.sha, head);
  });

  test('/preview help, and what is no command, are answered', () => {
    const intent = after([comment(1, '/preview help'), comment(2, '/preview please')]);
    assert.match(answersOf(intent).join('\n'), /^1 writer help done\n2 writer {2}unknown: `\/preview please` is no command/);
  });
});

describe('who may', () => {
  test('somebody without write permission is refused, whatever the command', () => {
    for (const body of ['/preview', '/preview stop', '/preview restart', `/preview approve ${head}`, '/preview help', '/preview please']) {
      const intent = after([comment(1, body, 'stranger')], { fork: true });
      assert.deepEqual({ ...intent, answers: [] }, { ...nothingAsked, lastCommand: 1 });
      assert.match(answersOf(intent)[0] ?? '', /refused: only people with write permission, or those that the platform lists/);
    }
  });

  test('whom the platform lists need no permission, in whatever case, bots too', () => {
    for (const by of ['Boss', 'Helper[bot]']) assert.equal(after([comment(1, '/preview stop', by)], { mayWrite: nobodyKnown }).stopped?.by, by);
  });

  const ignored: Record<string, Partial<PersonsComment>> = {
    'a bot that may write': { by: person('dependabot[bot]') },
    'a bot by its kind': { by: { login: 'writer', bot: true } },
    'a bot by its name': { by: { login: 'other[bot]', bot: false } },
    'an account that is gone': { by: undefined },
    'an edited comment': { edited: true },
    'no command': { body: '> /preview stop' },
  };
  for (const [what, more] of Object.entries(ignored)) test(`${what}: ignored without a word, and passed over for good`, () => {
    const heard = { ...nothing, comments: [comment(7, '/preview stop', 'writer', more)] };
    assert.deepEqual(loginsToAsk(nothingAsked, heard, rules), []);
    const intent = intentAfter(nothingAsked, heard, () => true, rules);
    assert.deepEqual(intent, { ...nothingAsked, lastCommand: 7 });
    assert.equal(after([comment(7, '/preview stop')], { intent }), intent);
  });

  test('a comment whose author nobody could judge waits, and so do those after it', () => {
    const comments = [comment(1, '/preview stop'), comment(2, '/preview', 'unheard'), comment(3, '/preview stop')];
    const waiting = after(comments, { mayWrite: (login) => (login === 'unheard' ? undefined : true) });
    assert.equal(waiting.lastCommand, 1);
    assert.deepEqual(loginsToAsk(waiting, { ...nothing, comments }, rules), ['unheard', 'writer']);
    const judged = after(comments, { intent: waiting });
    assert.deepEqual(answersOf(judged).map((line) => line.slice(0, 20)), ['1 writer stop done', '2 unheard deploy ref', '3 writer stop done']);
  });

  test('GitHub is asked about each person once, and about nobody else', () => {
    const comments = [comment(1, '/preview stop'), comment(2, '/preview'), comment(3, '/preview', 'stranger'), comment(4, '/preview', 'boss'), comment(5, 'no /preview', 'talker')];
    const some = [labelled('cd/preview', 'writer', minute(1)), labelled('CD/preview/fr', 'labeller', minute(1)), labelled('bug', 'other', minute(1)), labelled('cd/preview/be', 'renovate[bot]', minute(1))];
    assert.deepEqual(loginsToAsk(nothingAsked, { ...nothing, comments, labelled: some }, rules), ['writer', 'stranger', 'labeller']);
  });
});

describe('commands of several reads', () => {
  const bodies = fc.constantFrom('/preview', '/preview stop', '/preview restart', '/preview restart fr', '/preview restart hr', `/preview approve ${head}`, `/preview approve ${other}`, '/preview help', '/preview x', 'thanks', '> /preview stop');
  const authors = fc.constantFrom('writer', 'stranger', 'boss', 'dependabot[bot]');
  const some = fc.array(fc.tuple(bodies, authors, fc.boolean()), { maxLength: 15 }).map((all) => all.map(([body, by, edited], index) => comment(index + 1, body, by, { edited: edited && index % 3 === 0 })));
  const cuts = fc.array(fc.nat(15), { maxLength: 3 }).map((all) => all.sort((a, b) => a - b));

  test('the same comes of them however they are cut, in whatever order they come, and however often they are seen', () => {
    fc.assert(
      fc.property(some, cuts, fc.boolean(), (comments, ends, fork) => {
        const whole = after(comments, { fork });
        let intent = nothingAsked;
        for (const end of [...ends, comments.length]) intent = after(comments.slice(0, end).reverse(), { intent, fork });
        assert.deepEqual(intent, whole);
        assert.equal(after(comments, { intent, fork }), intent);
        assert.ok(intent.answers.length <= 10);
        assert.equal(new Set(intent.answers.map((answer) => answer.comment)).size, intent.answers.length);
        assert.equal(intent.lastCommand, comments.length);
      }),
    );
  });

  test('nothing is asked for by anybody who may not', () => {
    fc.assert(
      fc.property(some, (comments) => {
        const intent = after(comments, { fork: true, mayWrite: () => false, people: [] });
        assert.deepEqual({ ...intent, answers: [], lastCommand: 0 }, nothingAsked);
        assert.ok(intent.answers.every(({ outcome }) => outcome === 'refused'));
      }),
    );
  });

  test('the ten newest answers are kept', () => {
    const comments = Array.from({ length: 25 }, (_, index) => comment(index + 1, '/preview help'));
    assert.deepEqual(after(comments).answers.map((answer) => answer.comment), [16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
  });
});

describe('labels', () => {
  const judge = (intent: Intent, labels: string[], some: Labelled[], mayWrite: MayWrite = writers): Intent => intentAfter(intent, { comments: [], labels, labelled: some }, mayWrite, rules);

  test('each putting-on is judged once and remembered', () => {
    const some = [labelled('cd/preview', 'writer', minute(1)), labelled('bug', 'writer', minute(1))];
    const intent = judge(nothingAsked, ['cd/preview', 'bug'], some);
    assert.deepEqual(intent.labellers, [{ label: 'cd/preview', by: 'writer', at: minute(1), may: true }]);
    // Whoever lost the permission since put the label on while it was there.
    assert.equal(judge(intent, ['cd/preview', 'bug'], some, () => false), intent);
    assert.deepEqual(loginsToAsk(intent, { ...nothing, labelled: some }, rules), []);
  });

  test('one put on anew is judged anew', () => {
    const intent = judge(nothingAsked, ['cd/preview'], [labelled('cd/preview', 'writer', minute(1))]);
    for (const again of [labelled('cd/preview', 'stranger', minute(2)), labelled('CD/Preview', 'stranger', minute(1))]) {
      assert.deepEqual(loginsToAsk(intent, { ...nothing, labelled: [again] }, rules), ['stranger']);
      assert.deepEqual(judge(intent, ['cd/preview'], [again]).labellers, [{ label: 'cd/preview', by: 'stranger', at: again.at, may: false }]);
      assert.deepEqual(judge(intent, ['cd/preview'], [again], nobodyKnown).labellers, []);
    }
  });

  test('one that is off is forgotten; one that GitHub tells no more of is not', () => {
    const intent = judge(nothingAsked, ['cd/preview', 'cd/preview/fr'], [labelled('cd/preview', 'writer', minute(1)), labelled('cd/preview/fr', 'stranger', minute(2))]);
    assert.deepEqual(judge(intent, ['cd/preview/fr'], []).labellers, [{ label: 'cd/preview/fr', by: 'stranger', at: minute(2), may: false }]);
    assert.deepEqual(judge(intent, [], [labelled('cd/preview', 'writer', minute(1))]).labellers, []);
    assert.equal(judge(intent, ['cd/preview', 'cd/preview/fr'], []), intent);
  });

  test('bots may only where the platform lists them', () => {
    const some = [labelled('cd/preview', 'dependabot[bot]', minute(1)), labelled('cd/preview/fr', 'helper[bot]', minute(1))];
    assert.deepEqual(judge(nothingAsked, ['cd/preview', 'cd/preview/fr'], some, () => true).labellers.map(({ may }) => may), [false, true]);
  });

  test('a look-alike lends its labeller to no other label', () => {
    const kelvin = 'cd/preview/s\u212a';
    const some = [labelled(kelvin, 'writer', minute(1)), labelled('cd/preview/sk', 'stranger', minute(2))];
    const { labellers } = judge(nothingAsked, [kelvin, 'cd/preview/sk'], some);
    assert.deepEqual(labellers.map(({ label, may }) => [label, may]), [[kelvin, true], ['cd/preview/sk', false]]);
  });

  test('admittedLabels tells those that count from those refused and those nobody is known to have put on', () => {
    const labels = ['bug', 'cd/preview/fr', 'CD/Preview', 'cd/preview/be'];
    const intent = judge(nothingAsked, labels, [labelled('cd/preview', 'writer', minute(1)), labelled('cd/preview/fr', 'stranger', minute(2))]);
    assert.deepEqual(admittedLabels(intent, labels), {
      admitted: ['CD/Preview'],
      refused: [{ label: 'cd/preview/fr', by: 'stranger', at: minute(2), may: false }],
      unknown: ['bug', 'cd/preview/be'],
    });
  });
});

describe('a stop and the label', () => {
  const stop = comment(5, '/preview stop');
  const on = (by: string, at: string): Partial<Heard> => ({ labels: ['cd/preview'], labelled: [labelled('cd/preview', by, at)] });

  test('the label put on again later ends the stop, also when both are seen at once', () => {
    assert.equal(after([stop], on('writer', minute(6))).stopped, undefined);
    const stopped = after([stop], on('writer', minute(1)));
    assert.equal(stopped.stopped?.at, minute(5));
    assert.equal(after([stop], { intent: stopped, ...on('writer', minute(6)) }).stopped, undefined);
  });

  test('a label put on before, or within the same second, does not', () => {
    for (const at of [minute(4), minute(5)]) assert.ok(after([stop], on('writer', at)).stopped);
  });

  test('nor does one put on by somebody who may not, or of whom that is not known', () => {
    assert.ok(after([stop], on('stranger', minute(6))).stopped);
    const waiting = after([], { intent: after([stop]), ...on('late', minute(6)), mayWrite: nobodyKnown });
    assert.ok(waiting.stopped);
    assert.equal(after([], { intent: waiting, ...on('late', minute(6)), mayWrite: () => true }).stopped, undefined);
  });

  test('nor does another label', () => {
    assert.ok(after([stop], { labels: ['bug'], labelled: [labelled('bug', 'writer', minute(6))] }).stopped);
  });

  test('a stop after that stops again', () => {
    const intent = after([stop, comment(7, '/preview stop')], on('writer', minute(6)));
    assert.equal(intent.stopped?.at, minute(7));
  });
});
