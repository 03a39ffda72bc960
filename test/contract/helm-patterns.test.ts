import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SourcedObject } from '../../app/core/ports.ts';
import { openRenderer, type OpenRenderer } from '../../app/io/render/renderer.ts';
import { chartFiles, helm, helmProblem, requestFor } from '../support/charts/cloud.ts';
import { chartPatterns } from '../support/charts/patterns.ts';
import { openFakeLog } from '../support/fake-clock.ts';

/** Returns what is at a place such as `Deployment/web spec.template.spec.containers[0].image`; `file` is where the object is from. */
function at(objects: readonly SourcedObject[], place: string): unknown {
  const [name = '', path = ''] = place.split(/ (.*)/s);
  const found = objects.filter(({ object }) => nameOf(object) === name);
  assert.equal(found.length, 1, `${name} is there ${found.length} times among ${objects.map(({ object }) => nameOf(object)).join(', ')}`);
  if (path === 'file') return found[0]?.file;
  const steps = path === '' ? [] : Array.from(path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g), ([, quoted, index, key]) => quoted ?? (index === undefined ? key : Number(index)));
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step as string], found[0]?.object);
}

function nameOf(object: SourcedObject['object']): string {
  return `${object['kind'] as string}/${(object['metadata'] as { name: string }).name}`;
}

describe('charts as people write them', { skip: helmProblem(), timeout: 120_000 }, () => {
  let renderer: OpenRenderer;
  before(() => {
    renderer = openRenderer({ helm, log: openFakeLog() });
  });
  after(() => renderer.close());

  for (const { name, files, changes, objects, has } of chartPatterns) {
    test(name, async () => {
      const rendered = await renderer.chart(requestFor(files, changes));
      if (objects) assert.deepEqual(rendered.map(({ object }) => nameOf(object)).sort(), [...objects].sort());
      for (const [place, value] of Object.entries(has)) assert.deepEqual(at(rendered, place), value, place);
    });
  }

  test('a whole chart: ten objects, each with its file, the same twice', async () => {
    const request = requestFor(chartFiles('shop'), { chart: 'shop', release: 'shop' });
    const rendered = await renderer.chart(request);
    assert.deepEqual(
      rendered.map(({ file, object, stable }) => [nameOf(object), file.replace('.cloud/charts/shop/templates/', ''), stable]),
      [
        ['Secret/shop', 'secret.yaml', true],
        ['ConfigMap/shop', 'configmap.yaml', true],
        ['Service/shop-db', 'database.yaml', true],
        ['Service/shop', 'service.yaml', true],
        ['Deployment/shop-web', 'web-deployment.yaml', true],
        ['Deployment/shop-worker', 'worker-deployment.yaml', true],
        ['StatefulSet/shop-db', 'database.yaml', true],
        ['CronJob/shop-cleanup', 'cleanup-cronjob.yaml', true],
        ['Ingress/shop', 'ingress.yaml', true],
        ['Job/shop-migrate', 'migrate-job.yaml', true],
      ],
    );
    assert.equal(at(rendered, 'Deployment/shop-web spec.replicas'), 1);
    assert.equal(at(rendered, 'ConfigMap/shop data.country'), 'fr');
    assert.equal(at(rendered, 'ConfigMap/shop data["features.yaml"]'), 'search: true\nwishlist: true\n');
    assert.equal(at(rendered, 'StatefulSet/shop-db spec.volumeClaimTemplates[0].spec.resources.requests.storage'), '256Mi');
    assert.equal(at(rendered, 'Ingress/shop spec.rules[0].host'), 'foo-241-fr.preview.bar.com');
    const again = openRenderer({ helm, log: openFakeLog() });
    try {
      assert.deepEqual(await again.chart(request), rendered);
    } finally {
      await again.close();
    }
  });
});
