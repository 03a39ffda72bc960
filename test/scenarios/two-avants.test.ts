import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { labelOfKey, manager, names, refOf, type KubernetesObject } from '../../app/core/object.ts';
import { systemClock } from '../../app/io/clock.ts';
import { openCluster, type ConnectedCluster } from '../../app/io/kubernetes/cluster.ts';
import { connect, type Connection } from '../../app/io/kubernetes/connection.ts';
import { startKubernetes, type SandboxKubernetes } from '../../sandbox/kubernetes/server.ts';
import { until } from '../support/avant.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const owner = '7/R_kgDOFoo/241';
const key = labelOfKey(owner);

/** A namespace or record of the pull request that both have. */
function object(name: string, labels: Readonly<Record<string, string>>, namespace?: string): KubernetesObject {
  const metadata = { name, labels: { [names.managedBy]: manager, [names.key]: key, ...labels }, annotations: { [names.owner]: owner } };
  return namespace === undefined ? { apiVersion: 'v1', kind: 'Namespace', metadata } : { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, namespace } };
}

describe('two Avants in one cluster', () => {
  let kubernetes: SandboxKubernetes;
  let somebody: Connection;
  const opened: { cluster: ConnectedCluster; told: string[] }[] = [];

  async function open(config: KubeConfig, instance: string): Promise<void> {
    const told: string[] = [];
    const tell = (of: string): number => told.push(of);
    const cluster = openCluster({ name: 'home', instance, connection: connect(config, systemClock), clock: systemClock, log, onChange: tell, onRecord: tell });
    opened.push({ cluster, told });
    await cluster.synced;
  }

  before(async () => {
    kubernetes = await startKubernetes({ port: 0, pull: () => Promise.resolve(undefined) });
    const config = new KubeConfig();
    config.loadFromString(kubernetes.kubeconfig);
    somebody = connect(config, systemClock);
    for (const instance of ['avant', 'avant-staging']) await open(config, instance);
  });
  after(async () => {
    for (const { cluster } of opened) await cluster.close();
    await somebody.close();
    await kubernetes.close();
  });

  const seen = (): string[][] => opened.map(({ cluster }) => cluster.cache.ofKey(key).map(({ metadata }) => metadata.name).sort());

  const write = (body: KubernetesObject): Promise<unknown> =>
    somebody.call({ method: 'POST', path: body.metadata.namespace === undefined ? '/api/v1/namespaces' : `/api/v1/namespaces/${body.metadata.namespace}/configmaps`, body });

  test('each sees and is told of its own, and of what nobody has said whose it is', async () => {
    const [ours, theirs] = opened;
    assert.ok(ours && theirs);
    await write(object('foo-241', { [names.instance]: 'avant' }));
    await until('the first is told', () => ours.told.length > 0);
    await write({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'avant-staging' } });
    await write(object('record-of-241', { [names.store]: 'record' }, 'avant-staging'));
    await until('the second is told of its record', () => theirs.told.length > 0);
    assert.deepEqual([seen(), ours.told.length, theirs.told.length], [[['foo-241'], ['record-of-241']], 1, 1]);
    await write(object('bar-241', {}));
    await until('both see what nobody claims', () => seen().every((names) => names.includes('bar-241')));
  });

  test('what becomes another’s is gone', async () => {
    const [ours] = opened;
    const found = await ours?.cluster.get(refOf(object('bar-241', {})));
    assert.ok(found);
    const labels = { ...found.metadata.labels, [names.instance]: 'avant-staging' };
    await somebody.call({ method: 'PUT', path: '/api/v1/namespaces/bar-241', body: { ...found, metadata: { ...found.metadata, labels } } });
    await until('it is the other’s alone', () => JSON.stringify(seen()) === JSON.stringify([['foo-241'], ['bar-241', 'record-of-241']]));
    assert.equal((await ours?.cluster.refresh(refOf(object('bar-241', {}))))?.metadata.name, 'bar-241');
    assert.deepEqual(seen()[0], ['foo-241'], 'looked at, and not held');
  });

  test('who starts later sees its own too, and was never told of the other’s', async () => {
    const config = new KubeConfig();
    config.loadFromString(kubernetes.kubeconfig);
    await open(config, 'avant');
    assert.deepEqual(seen()[2], ['foo-241']);
    assert.deepEqual(opened.map(({ told }) => told.length), [3, 3, 1]);
  });
});
