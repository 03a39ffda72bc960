import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guard } from '../../app/core/guard/guard.ts';
import { imageName } from '../../app/core/image.ts';
import { quantityOf } from '../../app/core/guard/quantity.ts';
import type { Json } from '../../app/core/object.ts';
import { mapPodTemplates, podTemplateOf } from '../../app/core/pod-template.ts';
import { deployment, policy, sourced } from '../support/guard-policy.ts';

describe('images are named in full', () => {
  const names: readonly (readonly [string, string | undefined])[] = [
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.2@sha256:' + 'a'.repeat(64), 'docker.io/library/nginx'],
    ['bar/nginx', 'docker.io/bar/nginx'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/bar/nginx', 'docker.io/bar/nginx'],
    ['Registry.Bar.com/a', 'registry.bar.com/a'],
    ['localhost/a', 'localhost/a'],
    ['registry.bar.com:5000/a/b:c', 'registry.bar.com:5000/a/b'],
    ['[::1]:5000/a', '[::1]:5000/a'],
    ['bar.com', 'docker.io/library/bar.com'],
    ['a/B', undefined],
    ['a//b', undefined],
    ['a/../b', undefined],
    ['a@sha256:short', undefined],
    ['', undefined],
  ];
  for (const [given, name] of names)
    test(`"${given.slice(0, 40)}" is ${String(name)}`, () => {
      assert.equal(imageName(given), name);
    });

  test('and compared with prefixes at the ends of their parts, in any case', () => {
    const own = { ...policy, registries: ['registry.bar.com/Team/', 'docker.io/library', 'localhost:5000'] };
    const rulesOf = (image: string): readonly string[] => {
      const object = deployment({ template: { spec: { containers: [{ name: 'one', image }] } } });
      return guard([sourced(object)], own).violations.map(({ rule }) => rule);
    };
    const ours = ['registry.bar.com/team/a', 'REGISTRY.bar.com/team/a/b:1', 'nginx', 'localhost:5000/a'];
    const others = ['registry.bar.com/teams/a', 'registry.bar.com/a', 'bar/nginx', 'localhost/a', 'localhost:50000/a'];
    for (const image of ours) assert.deepEqual(rulesOf(image), [], image);
    for (const image of others) assert.deepEqual(rulesOf(image), ['image-registry'], image);
  });
});

test('quantities are read as Kubernetes reads them', () => {
  const read: readonly (readonly [Json, number | undefined])[] = [
    ['1', 1],
    [1.5, 1.5],
    ['100m', 0.1],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['2M', 2e6],
    ['1E', 1e18],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['-1', -1],
    ['+2k', 2000],
    ['', undefined],
    ['1 Gi', undefined],
    ['1gi', undefined],
    ['Gi', undefined],
    ['0x10', undefined],
    ['1e', undefined],
    [null, undefined],
    [true, undefined],
  ];
  for (const [given, amount] of read) assert.equal(quantityOf(given), amount, JSON.stringify(given));
});

describe('pod templates', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [] } };
  const kinds: readonly (readonly [string, Json])[] = [
    ['Deployment', { template }],
    ['StatefulSet', { template }],
    ['Job', { template }],
    ['CronJob', { schedule: '', jobTemplate: { metadata: {}, spec: { template, suspend: true } } }],
  ];
  for (const [kind, spec] of kinds)
    test(`of a ${kind} are found and changed`, () => {
      const object = { apiVersion: 'v1', kind, metadata: { name: 'one' }, spec };
      assert.deepEqual(podTemplateOf(object), template);
      const changed = mapPodTemplates(object, (one) => ({ ...one, spec: { changed: true } }));
      assert.deepEqual(podTemplateOf(changed), { ...template, spec: { changed: true } });
      assert.deepEqual(
        mapPodTemplates(changed, () => template),
        object,
      );
    });

  test('of other kinds there are none', () => {
    for (const object of [
      { kind: 'Service', spec: { template } },
      { kind: 'Deployment' },
      { kind: 'CronJob', spec: { jobTemplate: 'a' } },
    ]) {
      const whole = { apiVersion: 'v1', metadata: { name: 'one' }, ...object };
      assert.equal(podTemplateOf(whole), undefined);
      assert.equal(
        mapPodTemplates(whole, () => ({})),
        whole,
      );
    }
  });
});
