import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

import type { Cluster } from './cluster.ts';
import { clusterProblem, startCluster } from './cluster.ts';

type AuditLine = { verb: string; user: { username: string }; objectRef?: { name?: string } };

const problem = clusterProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);

const coreApi = (kubeconfig: string): CoreV1Api => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
};

suite('the one-node cluster', { skip }, () => {
  let cluster: Cluster;
  before(async () => {
    assert.equal(problem, undefined);
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  test('a second user shares it, and leaves it up', async () => {
    const second = await startCluster();
    assert.equal(second.kubeconfig, cluster.kubeconfig);
    await second.stop();
    const nodes = await coreApi(cluster.kubeconfig).listNode();
    assert.deepEqual(nodes.items.map((node) => node.metadata?.name), ['node1']);
  });

  test('the audit log has the clients\' calls, one line each, and not the cluster\'s own', async () => {
    const name = `audit-${process.pid}`;
    await assert.rejects(coreApi(cluster.kubeconfig).readNamespacedSecret({ name, namespace: 'default' }), { code: 404 });
    const text = await readFile(cluster.auditLog, 'utf8');
    // Its last line may be in the middle of being written, for somebody else's call.
    const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
    const calls = lines.map((line) => JSON.parse(line) as AuditLine);
    assert.deepEqual(calls.filter((call) => call.objectRef?.name === name).map((call) => call.verb), ['get']);
    assert.equal(calls.find((call) => call.user.username === 'rig'), undefined);
  });

  test('an image name without a host is refused with an example', async () => {
    await assert.rejects(cluster.tagImage('foo:1'), /host\/path:tag, for example localhost\/foo:1, not foo:1/);
  });
});
