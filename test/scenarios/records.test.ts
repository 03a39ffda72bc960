import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { formatKey } from '../../app/core/key.ts';
import { nothingSaid, type PullRequestRecord } from '../../app/core/record.ts';
import { systemClock } from '../../app/io/clock.ts';
import { openCluster, type ConnectedCluster } from '../../app/io/kubernetes/cluster.ts';
import { connect } from '../../app/io/kubernetes/connection.ts';
import { openRecords } from '../../app/io/kubernetes/records.ts';
import { startKubernetes, type SandboxKubernetes } from '../../sandbox/kubernetes/server.ts';
import { until } from '../support/avant.ts';
import { factsWith, intentFor } from '../support/previews.ts';
import { keyOf, plainConfig, shaA } from '../support/world.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('records seen by two workers', () => {
  let kubernetes: SandboxKubernetes;
  const opened: { cluster: ConnectedCluster; told: string[] }[] = [];

  before(async () => {
    kubernetes = await startKubernetes({ port: 0, pull: () => Promise.resolve(undefined) });
    for (let worker = 0; worker < 2; worker += 1) {
      const config = new KubeConfig();
      config.loadFromString(kubernetes.kubeconfig);
      const told: string[] = [];
      const cluster = openCluster({ name: 'home', instance: 'avant', connection: connect(config, systemClock), clock: systemClock, log, onChange: () => undefined, onRecord: (owner) => told.push(owner) });
      await cluster.synced;
      opened.push({ cluster, told });
    }
  });
  after(async () => {
    for (const { cluster } of opened) await cluster.close();
    await kubernetes.close();
  });

  test('what the one writes asks the other for a report, so that no report is lost to a watch that was late', async () => {
    const [first, second] = opened;
    assert.ok(first && second);
    await first.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'avant' } });
    const at = '2026-11-22T08:00:00Z';
    const asked = { stopped: { by: 'ann', at }, approved: { sha: shaA, by: 'ann', at }, restarts: { fr: '7' }, lastCommand: 7 };
    const record: PullRequestRecord = {
      version: 1, key: keyOf(241), facts: factsWith(), lastValid: { sha: shaA, text: plainConfig, cloud: { kind: 'absent' } }, missingSince: undefined,
      intent: intentFor(['cd/preview'], asked), decision: { verdict: 'invalid', reason: 'ConfigMissing', problems: [] }, tenants: {}, said: nothingSaid,
    };
    const stored = await openRecords(first.cluster, 'avant', log).put(record, undefined);
    await until('the other is told', () => second.told.includes(formatKey(record.key)));
    assert.deepEqual(openRecords(second.cluster, 'avant', log).get(record.key), { ...stored, record: JSON.parse(JSON.stringify(record)) as PullRequestRecord });
  });
});
