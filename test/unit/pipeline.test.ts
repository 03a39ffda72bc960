import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Pipeline, PipelineCheck } from '../../app/core/facts.ts';
import { awaited, narrow, type Awaited } from '../../app/core/pipeline.ts';

const jenkins = 'continuous-integration/jenkins/pr-head';
const check = (name: string, state: PipelineCheck['state'], url = `https://ci/${name}`): PipelineCheck => ({ name, state, url });
const read = (...checks: PipelineCheck[]): Pipeline => ({ kind: 'read', checks });

describe('awaited', () => {
  const cases: Record<string, [Pipeline, string[], Awaited]> = {
    'nothing is waited for': [read(check('lint', 'failure')), [], { verdict: 'green', checks: [] }],
    'nothing is waited for, and nothing may be read': [{ kind: 'denied' }, [], { verdict: 'green', checks: [] }],
    'nothing may be read': [{ kind: 'denied' }, [jenkins], { verdict: 'denied', checks: [] }],
    'not there yet': [read(), [jenkins], { verdict: 'waiting', checks: [{ name: jenkins, state: 'absent', url: undefined }] }],
    'there under another case': [read(check('Build', 'success')), ['build'], { verdict: 'waiting', checks: [{ name: 'build', state: 'absent', url: undefined }] }],
    running: [read(check(jenkins, 'pending')), [jenkins], { verdict: 'waiting', checks: [{ name: jenkins, state: 'pending', url: `https://ci/${jenkins}` }] }],
    green: [read(check(jenkins, 'success'), check('lint', 'failure')), [jenkins], { verdict: 'green', checks: [] }],
    red: [read(check(jenkins, 'failure')), [jenkins], { verdict: 'failed', checks: [{ name: jenkins, state: 'failure', url: `https://ci/${jenkins}` }] }],
    'one of each': [
      read(check('a', 'success'), { name: 'b', state: 'pending', url: undefined }, check('c', 'failure')),
      ['d', 'c', 'b', 'a'],
      {
        verdict: 'failed',
        checks: [
          { name: 'd', state: 'absent', url: undefined },
          { name: 'c', state: 'failure', url: 'https://ci/c' },
          { name: 'b', state: 'pending', url: undefined },
        ],
      },
    ],
    'two of one name, one of them red': [
      read(check('a', 'success', 'https://ci/1'), check('a', 'failure', 'https://ci/2'), check('a', 'pending', 'https://ci/3')),
      ['a'],
      { verdict: 'failed', checks: [{ name: 'a', state: 'failure', url: 'https://ci/2' }] },
    ],
    'two of one name, one of them running': [
      read(check('a', 'pending', 'https://ci/1'), check('a', 'success', 'https://ci/2')),
      ['a'],
      { verdict: 'waiting', checks: [{ name: 'a', state: 'pending', url: 'https://ci/1' }] },
    ],
    'a name twice': [read(), ['a', 'a'], { verdict: 'waiting', checks: [{ name: 'a', state: 'absent', url: undefined }] }],
  };
  for (const [what, [pipeline, names, expected]] of Object.entries(cases)) test(what, () => {
    assert.deepEqual(awaited(pipeline, names), expected);
  });
});

describe('narrow', () => {
  test('keeps one check for each name, in the order of the names', () => {
    const checks = [check('lint', 'failure'), check('b', 'success'), check('a', 'success', 'https://ci/2'), check('a', 'pending', 'https://ci/1')];
    assert.deepEqual(narrow(read(...checks), ['a', 'x', 'b', 'a']), read(check('a', 'pending', 'https://ci/1'), check('b', 'success')));
  });

  test('that nothing may be read counts only where something is waited for', () => {
    assert.deepEqual(narrow({ kind: 'denied' }, []), read());
    assert.deepEqual(narrow({ kind: 'denied' }, ['a']), { kind: 'denied' });
  });

  test('changes no verdict, and is the same in whatever order GitHub tells them and whatever other checks there are', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
    const some = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), state: fc.constantFrom('pending' as const, 'success' as const, 'failure' as const), url: fc.constantFrom(undefined, 'u1', 'u2') }, { noNullPrototype: true }), { maxLength: 8 });
    const shuffled = some.chain((checks) => fc.tuple(fc.constant(checks), fc.shuffledSubarray(checks, { minLength: checks.length })));
    fc.assert(
      fc.property(shuffled, names, ([checks, others], wanted) => {
        const narrowed = narrow(read(...checks), wanted);
        assert.deepEqual(awaited(narrowed, wanted), awaited(read(...checks), wanted));
        assert.deepEqual(narrow(read(...others), wanted), narrowed);
        assert.deepEqual(narrow(read(...checks, check('other', 'failure')), wanted), narrowed);
        assert.deepEqual(narrow(narrowed, wanted), narrowed);
      }),
    );
  });
});
