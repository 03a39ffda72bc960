import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Visits } from '../../app/core/record.ts';
import { causeOfVisits, countedSince, failingAt, visitsAfter } from '../../app/core/visits.ts';
import type { Failing, HostTotals } from '../../app/core/host-counts.ts';
import { readLine } from '../../app/io/visits/line.ts';
import { createVisitCounter } from '../../app/io/visits/counter.ts';

const url = 'https://foo-241.preview.bar.com';
const at = new Date('2026-11-22T12:00:00Z');

/** What is told where all meet the same status. */
const failing = (status: number, failed: number, requests: number): Failing => ({ url, status, statuses: [status], percent: Math.round((failed / requests) * 100), counted: { failed, requests } });

function totals(statuses: Readonly<Record<string, number>>): HostTotals {
  return { statuses, lastHit: at.toISOString() };
}

test('what was counted before is not its own; counts that went back begin anew', () => {
  const before = { statuses: { 200: 10, 502: 5 } };
  assert.deepEqual(countedSince({ statuses: { 200: 30, 502: 5 } }, before).statuses, { 200: 20 });
  const version = 'abc ';
  const lost = { version, before: { [url]: before }, failing: undefined };
  const after = (visits: Visits, statuses: Readonly<Record<string, number>>): Visits => visitsAfter(visits, { version, links: [{ url, totals: totals(statuses) }] });
  const begun = after(lost, { 200: 300, 502: 3 });
  assert.deepEqual(begun.before, { [url]: { statuses: {} } });
  assert.deepEqual(after(begun, { 200: 60_000, 502: 40_000 }).failing, failing(502, 40_000, 100_000));
});

test('few requests, or next to no failures, say nothing', () => {
  const cases: readonly (readonly [Readonly<Record<string, number>>, unknown])[] = [
    [{ 502: 19 }, undefined],
    [{ 200: 100, 502: 2 }, undefined],
    [{ 200: 1_000, 502: 4 }, undefined],
    [{ 200: 100, 404: 500 }, undefined],
    [{ 200: 88, 502: 12 }, failing(502, 12, 100)],
    [{ 200: 20, 502: 4 }, failing(502, 4, 24)],
    [{ 503: 20 }, failing(503, 20, 20)],
    // Several together, of which those are named that a tenth of the failing meet.
    [{ 200: 80, 502: 5, 500: 15 }, { ...failing(500, 20, 100), statuses: [500, 502] }],
    [{ 200: 98, 500: 1, 503: 1, 504: 1 }, { ...failing(500, 3, 101), statuses: [500, 503, 504] }],
    [{ 200: 59, 500: 40, 504: 1 }, failing(500, 41, 100)],
  ];
  for (const [statuses, expected] of cases) assert.deepEqual(failingAt(url, { statuses }), expected, JSON.stringify(statuses));
});

test('the counts at the moment of going live are the beginning, and stay it', () => {
  const version = 'abc ';
  const first = visitsAfter(undefined, { version, links: [{ url, totals: totals({ 502: 400 }) }] });
  assert.equal(first.failing, undefined, 'what failed before is the version before');
  const second = visitsAfter(first, { version, links: [{ url, totals: totals({ 200: 88, 502: 412 }) }] });
  assert.deepEqual(second.failing, failing(502, 12, 100));
  assert.deepEqual(second.before, first.before);
  const pushed = visitsAfter(second, { version: 'def ', links: [{ url, totals: totals({ 200: 88, 502: 412 }) }] });
  assert.equal(pushed.failing, undefined);
});

test('a share that moves little stays as it was told; one that is unknown too', () => {
  const version = 'abc ';
  const told = { version, before: { [url]: { statuses: {} } }, failing: failing(502, 12, 100) };
  const after = (statuses: Readonly<Record<string, number>>): unknown => visitsAfter(told, { version, links: [{ url, totals: totals(statuses) }] }).failing;
  assert.deepEqual(after({ 200: 86, 502: 14 }), told.failing);
  assert.deepEqual(after({ 200: 80, 502: 20 }), failing(502, 20, 100));
  assert.equal(after({ 200: 5_000, 502: 14 }), undefined);
  assert.deepEqual(visitsAfter(told, { version, links: [{ url, totals: undefined }] }).failing, told.failing);
});

test('of two statuses that are told, which one more of them meet is no news; one that was not told is', () => {
  const version = 'abc ';
  const told = { version, before: { [url]: { statuses: {} } }, failing: { ...failing(500, 12, 100), statuses: [500, 503] } };
  const after = (statuses: Readonly<Record<string, number>>): Failing | undefined => visitsAfter(told, { version, links: [{ url, totals: totals(statuses) }] }).failing;
  assert.equal(after({ 200: 175, 500: 12, 503: 13 }), told.failing);
  assert.deepEqual(after({ 200: 175, 500: 5, 502: 20 })?.statuses, [500, 502]);
});

test('what a version before told stays told, in its words', () => {
  const version = 'abc ';
  const before = { url, status: 502, percent: 12 };
  const after = visitsAfter({ version, before: { [url]: { statuses: {} } }, failing: before }, { version, links: [{ url, totals: totals({ 200: 88, 502: 12 }) }] });
  assert.equal(after.failing, before);
  assert.equal(causeOfVisits(before).message, `12% of requests to \`${url}\` fail with 502 since this commit is live.`);
});

test('the words name the share, the link, every status, and what was counted', () => {
  const message = (...statuses: readonly number[]): string => causeOfVisits({ ...failing(500, 4, 24), statuses }).message;
  assert.equal(message(500), `17% of requests to \`${url}\` fail with 500 since this commit is live (4 of the first 24).`);
  assert.match(message(500, 503), / fail with 500 and 503 since/);
  assert.match(message(500, 503, 504), / fail with 500, 503 and 504 since/);
});

test('what the door answers for a program is told as what the program may have answered itself, too', () => {
  for (const status of [502, 503, 504]) assert.match(causeOfVisits(failing(status, 4, 24)).advice, new RegExp(`or (it )?answers ${status} itself`));
});

test('a line of the log is a visit, or nothing', () => {
  const line = { host: 'foo-241.preview.bar.com', ns: 'foo-241', own: '-', status: 200, ta_ms: 12 };
  const read = (change: object): unknown => readLine(JSON.stringify({ ...line, ...change }), at);
  assert.deepEqual(read({}), { host: line.host, status: 200, tookMs: 12, at });
  assert.deepEqual(readLine(`<134>1 - - haproxy: ${JSON.stringify(line)}\n`, at), { host: line.host, status: 200, tookMs: 12, at });
  assert.deepEqual(read({ status: -1, ta_ms: -1 }), { host: line.host, status: 499, tookMs: 0, at });
  const nothing = [{ own: '1' }, { ns: '' }, { ns: '-' }, { ns: 3 }, { host: '' }, { host: 'a b' }, { host: 'x'.repeat(300) }, { host: 'a\nb' }, { status: 'x' }, { status: 600 }, { status: 1.5 }];
  for (const change of nothing) assert.equal(read(change), undefined, JSON.stringify(change));
  for (const text of ['', 'x', '{', '{"host":', '[]', '{}', '{"host":"\u0000"}', '__proto__']) assert.equal(readLine(text, at), undefined, text);
});

test('counts are taken once, and those put back are not lost', () => {
  const counter = createVisitCounter();
  for (const status of [200, 200, 502]) counter.add({ host: 'a', status, tookMs: 3, at });
  const taken = counter.take();
  assert.equal(counter.take().size, 0);
  assert.deepEqual([taken.get('a')?.statuses, taken.get('a')?.failed], [{ 200: 2, 502: 1 }, true]);
  counter.add({ host: 'a', status: 200, tookMs: 3, at });
  counter.putBack(taken);
  const again = counter.take().get('a');
  assert.deepEqual([again?.statuses, again?.failed], [{ 200: 3, 502: 1 }, true]);
});
