import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { difference, type Difference } from '../../app/core/drift.ts';
import { canonicalJson, type Json } from '../../app/core/object.ts';

type Row = [what: string, desired: Json | undefined, observed: Json | undefined, expected: Difference[]];

describe('difference', () => {
  const rows: Row[] = [
    ['equal', { a: 1, b: ['x'] }, { b: ['x'], a: 1 }, []],
    ['what others set', { a: 1 }, { a: 1, b: 2 }, []],
    ['a scalar', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', found: 2 }]],
    ['a scalar that is gone', { a: 1 }, {}, [{ path: 'a', found: undefined }]],
    ['an object that is gone', { a: { b: 1 } }, {}, [{ path: 'a', found: undefined }]],
    ['false that became true', { a: false }, { a: true }, [{ path: 'a', found: true }]],
    ['false that is gone', { a: false }, {}, [{ path: 'a', found: undefined }]],
    ['zero that is gone', { a: 0 }, {}, [{ path: 'a', found: undefined }]],
    ['a number that became its text', { a: 1 }, { a: '1' }, [{ path: 'a', found: '1' }]],
    ['an object that became a list', { a: { b: 1 } }, { a: [1] }, [{ path: 'a', found: [1] }]],
    ['empty and absent', { a: [], b: {}, c: '', d: null }, {}, []],
    ['absent and empty', undefined, {}, []],
    ['an empty text that has become one', { a: '' }, { a: 'x' }, [{ path: 'a', found: 'x' }]],
    ['a list of names in another order', { c: [{ name: 'a', v: 1 }, { name: 'b', v: 2 }] }, { c: [{ name: 'b', v: 2 }, { name: 'a', v: 1 }] }, []],
    ['a sidecar that admission added', { c: [{ name: 'app', image: 'x' }] }, { c: [{ name: 'proxy', image: 'y' }, { name: 'app', image: 'x' }] }, []],
    ['a named item that was changed', { c: [{ name: 'app', image: 'x' }] }, { c: [{ name: 'app', image: 'y' }] }, [{ path: 'c[app].image', found: 'y' }]],
    ['a named item that is gone', { c: [{ name: 'app', image: 'x' }] }, { c: [{ name: 'other' }] }, [{ path: 'c[app]', found: undefined }]],
    ['a list without names, longer', { a: [1] }, { a: [1, 2] }, [{ path: 'a', found: [1, 2] }]],
    ['a list without names, in another order', { a: [1, 2] }, { a: [2, 1] }, [{ path: 'a[0]', found: 2 }, { path: 'a[1]', found: 1 }]],
    ['a list that is gone', { a: [1] }, {}, [{ path: 'a', found: undefined }]],
    ['a list that became an object', { a: [1] }, { a: { 0: 1 } }, [{ path: 'a', found: { 0: 1 } }]],
    ['paths in order', { b: 1, a: 1 }, { b: 2, a: 2 }, [{ path: 'a', found: 2 }, { path: 'b', found: 2 }]],
  ];
  for (const [what, desired, observed, expected] of rows) {
    test(what, () => {
      assert.deepEqual(difference(desired, observed), expected);
    });
  }

  const resources = (cpu: string): Json => ({ containers: [{ name: 'app', resources: { requests: { cpu } } }] });
  for (const [ours, theirs, same] of [
    ['100m', '0.1', true], ['1', '1000m', true], ['1Gi', '1024Mi', true], ['1k', '1000', true], ['1500m', '1.5', true], ['256Mi', '268435456', true],
    ['1', '1k', false], ['1G', '1Gi', false], ['100m', '100M', false], ['1Ki', '1ki', false], ['', '0', false], ['abc', 'abd', false],
  ] as const) {
    test(`the quantities ${ours} and ${theirs} are ${same ? '' : 'not '}the same`, () => {
      assert.equal(difference(resources(ours), resources(theirs)).length === 0, same);
      assert.equal(difference(resources(theirs), resources(ours)).length === 0, same);
    });
  }

  test('a variable’s value is no quantity: 0.5 is not 500m', () => {
    const env = (value: string): Json => ({ env: [{ name: 'RATIO', value }] });
    assert.equal(difference(env('0.5'), env('500m')).length, 1);
    assert.equal(difference(env('1'), env('1.0')).length, 1);
  });

  test('of anything with itself is nothing, and pure', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = value as Json;
        const before = canonicalJson(json);
        assert.deepEqual(difference(json, structuredClone(json)), []);
        assert.equal(canonicalJson(json), before);
      }),
    );
  });
});
