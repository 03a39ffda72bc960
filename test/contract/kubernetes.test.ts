import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clusterProblem } from '../cluster/cluster.ts';
import { kubernetesApiCases } from './kubernetes-api.ts';
import { type RealRig, type SandboxRig, startRealRig, startSandboxRig } from './kubernetes-rigs.ts';

describe("the sandbox's Kubernetes", () => {
  let sandbox: SandboxRig;
  before(async () => {
    sandbox = await startSandboxRig();
  });
  after(() => sandbox.kubernetes.close());
  kubernetesApiCases(() => sandbox.rig);
});

/** Any cluster that a developer has; without it the one of test/cluster. */
const kubeconfig = process.env['AVANT_TEST_KUBECONFIG'];
const problem = kubeconfig === undefined ? clusterProblem() : undefined;

if (problem !== undefined && process.env['CI'] === 'true') {
  test('a real Kubernetes is there', () => assert.fail(problem));
}

// Its groups wait for a real node most of the time: they do so side by side.
describe('a real Kubernetes', { skip: problem ?? false, concurrency: 8 }, () => {
  let real: RealRig;
  before(async () => {
    real = await startRealRig(kubeconfig);
  });
  after(() => real.close());
  kubernetesApiCases(() => real.rig);
});
