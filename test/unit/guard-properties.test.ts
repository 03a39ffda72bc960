import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { guard } from '../../app/core/guard/guard.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
import type { Json } from '../../app/core/object.ts';
import type { SourcedObject } from '../../app/core/ports.ts';
import { harmlessCharts } from '../support/guard-corpus.ts';
import { hostile } from '../support/guard-hostile.ts';
import { dangersIn, visit } from '../support/guard-oracle.ts';
import { policy, sourced } from '../support/guard-policy.ts';

const harmless = harmlessCharts();
const levels = ['baseline', 'restricted'] as const;

/** Keys and values that hostile objects have, to be put anywhere. */
const pieces = piecesOf(hostile.flatMap(({ objects }) => objects));

function piecesOf(objects: readonly Json[]): readonly (readonly [string, Json])[] {
  const found = new Map<string, readonly [string, Json]>();
  for (const object of objects)
    visit(object, [], (key, value) => {
      const text = JSON.stringify([key, value]);
      if (text.length < 300) found.set(text, [key, value]);
    });
  return [...found.values()];
}

/** Every map in a value, in order. */
function mapsIn(value: Json): readonly { [key: string]: Json }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((one: Json | undefined) => (one === undefined ? [] : mapsIn(one)));
  return Array.isArray(value) ? inner : [value as { [key: string]: Json }, ...inner];
}

const anyJson = fc
  .json({ maxDepth: 6, stringUnit: 'binary', noUnicodeString: false } as object)
  .map((text) => JSON.parse(text) as Json);

/** A harmless chart into which some pieces of hostile objects, or anything, are put. */
const altered = fc
  .record({
    chart: fc.constantFrom(...harmless),
    changes: fc.array(
      fc.record({
        object: fc.nat(),
        place: fc.nat(),
        piece: fc.oneof(
          fc.constantFrom(...pieces),
          fc.tuple(fc.constantFrom(...pieces.map(([key]) => key), '__proto__', 'constructor'), anyJson),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ chart, changes }): readonly SourcedObject[] => {
    const objects = structuredClone(chart.objects) as SourcedObject[];
    for (const { object, place, piece } of changes) {
      const maps = mapsIn(objects[object % objects.length]?.object ?? {});
      const map = maps[place % maps.length];
      if (map)
        Object.defineProperty(map, piece[0], {
          value: structuredClone(piece[1]),
          enumerable: true,
          configurable: true,
          writable: true,
        });
    }
    return objects;
  });

describe('the guard', () => {
  test('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.array(anyJson, { maxLength: 4 }), fc.constantFrom(...levels), (values, level) => {
        const { violations, objects } = guard(
          values.map((value) => sourced(value)),
          { ...policy, level },
        );
        violations.forEach(formatViolation);
        assert.ok(objects.length === 0 || violations.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  test('never lets through what is dangerous, wherever in a harmless object it is put', (context) => {
    let [passed, refused] = [0, 0];
    fc.assert(
      fc.property(altered, fc.constantFrom(...levels), (objects, level) => {
        const own = { ...policy, level };
        const { objects: through, violations } = guard(objects, own);
        violations.forEach(formatViolation);
        if (violations.length === 0) passed += 1;
        else refused += 1;
        const secrets = [
          ...policy.secrets,
          ...through.flatMap(({ object }) => (object.kind === 'Secret' ? [object.metadata.name] : [])),
        ];
        for (const { object } of through) assert.deepEqual(dangersIn(object, own, secrets), [], JSON.stringify(object));
      }),
      { numRuns: 4000 },
    );
    context.diagnostic(`${passed + refused} altered charts: ${refused} refused, ${passed} let through without danger`);
    assert.ok(refused > 1000 && passed > 50, `${refused} refused, ${passed} let through`);
  });

  test('is judged by an oracle that sees what is dangerous', () => {
    const grave = hostile.filter(
      ({ what, rule }) =>
        /^(pod-(security-(?!app|sec|se-|sys)|priority|runtime|scheduler|token|service-account|ephemeral)|service-(type|external|node|annotation)|ingress-(host|default|annotation)$|secret-reference|owner|final)/.test(
          rule,
        ) && !/List|allowed annotation/.test(what),
    );
    const unseen = grave.filter(({ objects, policy: own = policy }) =>
      (objects as readonly { readonly metadata: object }[]).every((object) => {
        const placed = {
          apiVersion: '',
          kind: '',
          ...object,
          metadata: { name: '', ...object.metadata, namespace: own.namespace },
        };
        return dangersIn(placed, own, own.secrets).length === 0;
      }),
    );
    assert.ok(grave.length > 150, String(grave.length));
    assert.deepEqual(
      unseen.map(({ what }) => what),
      [],
    );
  });

  test('takes JSON of any depth', () => {
    const deep = JSON.parse(
      `{"apiVersion":"v1","kind":"ConfigMap","data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ) as Json;
    const lists = JSON.parse(
      `${'{"apiVersion":"v1","kind":"List","items":['.repeat(20_000)}${']}'.repeat(20_000)}`,
    ) as Json;
    for (const value of [deep, lists])
      assert.deepEqual(
        guard([sourced(value)], policy).violations.map(({ rule }) => rule),
        ['json'],
      );
  });
});
