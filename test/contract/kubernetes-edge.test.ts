import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type SandboxEdge, startEdge } from '../../sandbox/edge/server.ts';
import { clusterProblem } from '../cluster/cluster.ts';
import { type EdgeRig, edgeCases, tearDownEdge } from './kubernetes-edge.ts';
import { type RealRig, type SandboxRig, startRealRig, startSandboxRig } from './kubernetes-rigs.ts';

describe("the sandbox's edge", () => {
  let sandbox: SandboxRig;
  let edge: SandboxEdge;
  let rig: EdgeRig;
  before(async () => {
    sandbox = await startSandboxRig();
    edge = await startEdge({ port: 0, ingressClass: 'haproxy-v1', kubernetes: sandbox.kubernetes });
    rig = { api: sandbox.rig, url: edge.url, ingressClass: 'haproxy-v1' };
  });
  after(async () => {
    await edge.close();
    await sandbox.kubernetes.close();
  });
  edgeCases(() => rig);
});

const problem = clusterProblem();

if (problem !== undefined && process.env['CI'] === 'true') {
  test('a real HAProxy Ingress is there', () => assert.fail(problem));
}

describe('a real HAProxy Ingress', { skip: problem ?? false }, () => {
  let real: RealRig;
  let rig: EdgeRig;
  before(async () => {
    real = await startRealRig();
    rig = { api: real.rig, url: `http://${real.ingressAddress}`, ingressClass: 'haproxy-v1' };
  });
  after(async () => {
    await tearDownEdge(rig);
    await real.close();
  });
  edgeCases(() => rig);
});
