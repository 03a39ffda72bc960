import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guard } from '../../app/core/guard/guard.ts';
import { rules } from '../../app/core/guard/rules.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
import { hostile } from '../support/guard-hostile.ts';
import { policy, sourced } from '../support/guard-policy.ts';

describe('hostile objects', () => {
  test('are refused, each with its rule and field', (context) => {
    let refused = 0;
    for (const { what, objects, rule, field, policy: own = policy } of hostile) {
      const { objects: through, violations } = guard(
        objects.map((object, index) => sourced(object, `f${index}.yaml`)),
        own,
      );
      const told = violations.map(formatViolation).join('\n');
      assert.ok(
        violations.some((one) => one.rule === rule && one.field === field),
        `${what}: no ${rule} at "${field}", but\n${told}`,
      );
      assert.deepEqual(through, [], what);
      assert.ok(
        violations.every(({ message, mend, file }) => message !== '' && mend !== '' && file !== ''),
        told,
      );
      assert.doesNotMatch(violations.map(formatViolation).join(''), /[\p{Cc}\p{Cf}]/u, what);
      refused += 1;
    }
    context.diagnostic(`${hostile.length} hostile inputs tried, ${refused} refused with rule and field`);
    assert.equal(refused, hostile.length);
  });

  test('try every rule', () => {
    assert.deepEqual(
      Object.keys(rules).filter((rule) => !hostile.some((one) => one.rule === rule)),
      [],
    );
  });

  test('are refused for what is wrong with them and for nothing else', () => {
    const both = new Map<string, readonly string[]>();
    for (const { what, objects, rule, policy: own = policy } of hostile) {
      const others = guard(
        objects.map((object) => sourced(object)),
        own,
      ).violations.filter((one) => one.rule !== rule);
      if (others.length > 0) both.set(what, [...new Set(others.map((one) => one.rule))]);
    }
    assert.deepEqual(Object.fromEntries(both), twofold);
  });
});

/** What breaks a second rule too. */
const twofold: Readonly<Record<string, readonly string[]>> = {
  'B85 ExternalName metadata.google.internal': ['service-type'],
  'B85 ExternalName localhost': ['service-type'],
  'B85 ExternalName kubernetes.default.svc': ['service-type'],
  'B85 ExternalName 169.254.169.254': ['service-type'],
  '101 mistakes': ['namespace'],
};
