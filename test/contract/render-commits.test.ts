import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { sha256 } from '../../app/core/object.ts';
import { openAnswers, type Answers } from '../../app/io/render/answers.ts';
import { fillIn, patternOf, readsAsText, standInsFor } from '../../app/io/render/per-commit.ts';
import { api, cloudOf, requestFor } from '../support/charts/cloud.ts';
import { fakeTools, type FakeTemplate } from '../support/charts/fake-tools.ts';
import { openFakeLog } from '../support/fake-clock.ts';

/** Commits as they are: every run has the same ones. */
const commit = (number: number): string => createHash('sha1').update(`commit ${number}`).digest('hex');
const shas = Array.from({ length: 300 }, (_, index) => commit(index));
const usable = shas.filter((sha) => readsAsText(sha.slice(0, 7)));

type Avant = Parameters<FakeTemplate>[0];
/** What charts do with the commit, and whether that is no more than writing it. */
const plain: Readonly<Record<string, (avant: Avant) => string>> = {
  sha: ({ sha }) => `registry.bar.com/foo:${sha}`,
  shortSha: ({ shortSha }) => `registry.bar.com/foo:${shortSha}`,
  both: ({ sha, shortSha }) => `${shortSha} of ${sha}, v${shortSha}-${shortSha}`,
  'trunc 7': ({ sha }) => sha.slice(0, 7),
  'trunc 40': ({ sha }) => sha.slice(0, 40),
  nothing: () => 'registry.bar.com/foo:1',
};
const cut = Array.from({ length: 36 }, (_, index) => index + 4).filter((length) => length !== 7);
const computed: Readonly<Record<string, (avant: Avant) => string>> = {
  ...Object.fromEntries(cut.map((length) => [`trunc ${length}`, ({ sha }: Avant) => `registry.bar.com/foo:${sha.slice(0, length)}`])),
  'trunc 8 in capitals': ({ sha }) => sha.slice(0, 8).toUpperCase(),
  'trunc 8 in two parts': ({ sha }) => `${sha.slice(0, 7)}-${sha.slice(7, 8)}`,
  'the last digit': ({ sha }) => `x${sha.slice(39)}`,
  'substr 3 10': ({ sha }) => sha.slice(3, 10),
  'substr 1 8': ({ sha }) => sha.slice(1, 8),
  upper: ({ sha }) => sha.toUpperCase(),
  'upper of the short form': ({ shortSha }) => `x${shortSha.toUpperCase()}`,
  sha256sum: ({ sha }) => sha256(sha),
  'trunc 1 of sha256sum': ({ sha }) => sha256(sha).slice(0, 8),
  b64enc: ({ sha }) => Buffer.from(sha).toString('base64'),
  'b64enc of the short form': ({ shortSha }) => Buffer.from(shortSha).toString('base64'),
  'a letter before a digit': ({ sha }) => (/^[0-9]/.test(sha) ? `v-${sha}` : sha),
};

const answersFor = (template: FakeTemplate): Answers => openAnswers({ tools: fakeTools(template, 4), log: openFakeLog(), mostBytes: 2 ** 24, tryAgainMs: 0 });
const cloud = cloudOf(api({ 'templates/a.yaml': '' }));
const valueOf = async (answers: Answers, sha: string): Promise<unknown> => (await answers.chart(requestFor(cloud, { sha })))[0]?.object['data'];
const avantOf = (sha: string): Avant => ({ sha, shortSha: sha.slice(0, 7) });

describe('what a chart does with the commit, for many commits', () => {
  for (const [name, write] of Object.entries(plain)) {
    test(`${name}: later commits are filled in`, async () => {
      for (const sha of usable) {
        const answers = answersFor((avant) => ({ [`key-${avant.shortSha}`]: write(avant) }));
        const [first, second] = [sha, commit(-1)];
        await valueOf(answers, first);
        await answers.idle();
        assert.deepEqual(await valueOf(answers, second), { [`key-${second.slice(0, 7)}`]: write(avantOf(second)) }, `${first}, then ${second}`);
        assert.equal(answers.counters().filledIn, 1, `${first}, then ${second}`);
      }
    });
  }

  for (const [name, write] of Object.entries(computed)) {
    test(`${name}: each commit is rendered`, async () => {
      for (const [index, sha] of shas.entries()) {
        const answers = answersFor((avant) => ({ image: write(avant) }));
        const second = commit(1_000 + index);
        await valueOf(answers, sha);
        await answers.idle();
        assert.deepEqual(await valueOf(answers, second), { image: write(avantOf(second)) }, `${sha}, then ${second}`);
        assert.equal(answers.counters().filledIn, 0, `${sha}, then ${second}`);
      }
    });
  }

  test('the answer does not wait for what is found out in the background', async () => {
    let answered = false;
    const seen: boolean[] = [];
    const gate = Promise.withResolvers<undefined>();
    const answers = answersFor(async ({ sha }) => {
      seen.push(answered);
      if (seen.length > 1) await gate.promise;
      return { sha };
    });
    assert.deepEqual(await valueOf(answers, commit(0)), { sha: commit(0) });
    answered = true;
    gate.resolve(undefined);
    await answers.idle();
    assert.equal(seen.length, 3);
    assert.equal(seen[2], true);
    assert.deepEqual(await valueOf(answers, commit(1)), { sha: commit(1) });
    assert.equal(answers.counters().filledIn, 1);
  });
});

describe('stand-ins', () => {
  test('two, which share no character with the commit nor with each other, and read as text', () => {
    assert.ok(usable.length >= 200, `${usable.length} commits`);
    for (const sha of usable) {
      const texts = [sha, sha.slice(0, 7)];
      const standIns = standInsFor(texts);
      assert.ok(standIns, sha);
      for (const [whole = '', short = ''] of standIns) {
        assert.match(whole, /^[0-9a-f]{40}$/);
        assert.equal(short, whole.slice(0, 7));
        assert.ok(readsAsText(whole) && readsAsText(short), short);
      }
      const [[first = ''], [second = '']] = standIns;
      for (const at of sha.split('').keys()) assert.equal(new Set([sha[at], first[at], second[at]]).size, 3, `${sha} ${first} ${second} at ${at}`);
      const kinds = (text: string): string => text.replaceAll(/[a-f]/g, 'a').replaceAll(/[0-9]/g, '0');
      assert.equal(kinds(first), kinds(sha));
      const turned = (text: string): string => text.replaceAll(/[a0]/g, (kind) => (kind === 'a' ? '0' : 'a'));
      const from = /^[a-f][0-9]{6}/.test(sha) ? 40 : 1;
      assert.equal(kinds(second), turned(kinds(sha).slice(0, from)) + kinds(sha).slice(from));
    }
  });

  for (const short of ['c012345', 'deadbee', '1e23a45', '123e4e5', '0c01010', '1a01010']) {
    test(`for ${short}`, () => {
      const sha = `${short}${commit(1).slice(7)}`;
      for (let round = 0; round < 50; round += 1) assert.ok(standInsFor([sha, short])?.flat().every(readsAsText));
    });
  }

  test('none for texts that are short, none, or read as a number', () => {
    for (const texts of [[], ['abcde'], ['1234567'], ['12345e6'], [commit(1), '1234567']]) assert.equal(standInsFor(texts), undefined, texts.join());
  });
});

describe('the pattern of a text', () => {
  const [sha, short] = [commit(1), commit(1).slice(0, 7)];
  const texts = [sha, short];

  for (const value of [`${short}a`, `a${short}`, `0${sha}`, `${sha}F`, `${sha}${short}`, `x ${short} ${short}9`, sha.slice(0, 8), `0x${'1'.repeat(3)}${short}`]) {
    test(`${value.replaceAll(sha, 'SHA').replaceAll(short, 'SHORT')}: may be part of a longer one`, () => {
      assert.equal(patternOf(value, texts), undefined);
      assert.equal(patternOf({ list: [{ [value]: 1 }] }, texts), undefined);
    });
  }

  for (const value of [short, sha, `v${short}`, `web-${short}-x`, `${short}_${sha}`, `:${sha}@`, 'no commit', '']) {
    test(`${value.replaceAll(sha, 'SHA').replaceAll(short, 'SHORT')}: has texts as they are`, () => {
      const pattern = patternOf({ list: [{ [value]: 1 }], value, number: 3, none: null }, texts);
      assert.ok(pattern !== undefined);
      assert.ok(!JSON.stringify(pattern).includes(short));
      const next = [commit(2), commit(2).slice(0, 7)] as const;
      const expected = value.replaceAll(sha, next[0]).replaceAll(short, next[1]);
      assert.deepEqual(fillIn(pattern, next), { list: [{ [expected]: 1 }], value: expected, number: 3, none: null });
    });
  }

  test('none where a chart writes marks of ours itself', () => {
    assert.equal(patternOf({ a: `\u00010\u0001 ${sha}` }, texts), undefined);
    assert.equal(patternOf({ a: sha, '\u0001': 1 }, texts), undefined);
  });
});
