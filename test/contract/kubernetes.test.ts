import assert from 'node:assert/strict';
import type { RequestOptions } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import type { Container } from '../../sandbox/kubernetes/containers.ts';
import { type SandboxKubernetes, startKubernetes } from '../../sandbox/kubernetes/server.ts';
import { type Cluster, clusterProblem, startCluster } from '../cluster/cluster.ts';
import { kubernetesApiCases } from './kubernetes-api.ts';
import { callsTo, type KubernetesRig } from './kubernetes-calls.ts';

describe("the sandbox's Kubernetes", () => {
  let kubernetes: SandboxKubernetes;
  let rig: KubernetesRig;
  before(async () => {
    const images = new Map<string, Container>();
    const pull = (name: string): Promise<{ start: () => Container } | undefined> => {
      const container = images.get(name);
      return Promise.resolve(container === undefined ? undefined : { start: () => container });
    };
    kubernetes = await startKubernetes({ port: 0, pull, namespaceDeletionDelayMs: 100, backOffMs: 300, secondMs: 200 });
    rig = {
      baseUrl: kubernetes.url,
      headers: { authorization: `Bearer ${kubernetes.token}` },
      image(name, kind) {
        const logs = (): string[] => ['a line'];
        images.set(name, kind === 'web' ? { serve: (_request, response) => response.end('ok'), logs } : { exit: { code: 1 }, logs });
        return Promise.resolve();
      },
      exceedQuota(namespace) {
        kubernetes.trouble.overQuota.add(namespace);
        return Promise.resolve();
      },
      forgetHistory: kubernetes.store.compact,
    };
  });
  after(() => kubernetes.close());
  kubernetesApiCases(() => rig);
});

const given = process.env['AVANT_TEST_KUBECONFIG'];
const problem = given === undefined ? clusterProblem() : undefined;

if (problem !== undefined && process.env['CI'] === 'true') {
  test('a real Kubernetes is there', () => assert.fail(problem));
}

describe('a real Kubernetes', { skip: problem ?? false }, () => {
  let cluster: Cluster | undefined;
  let agent: Dispatcher;
  let rig: KubernetesRig;
  before(async () => {
    if (given === undefined) cluster = await startCluster();
    const config = new KubeConfig();
    config.loadFromFile(given ?? cluster?.kubeconfig ?? '');
    agent = new Agent({ connect: await tlsOf(config) });
    const token = config.getCurrentUser()?.token;
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const reached = { baseUrl: config.getCurrentCluster()?.server ?? '', headers, dispatcher: agent };
    const { tagImage } = cluster ?? {};
    rig = {
      ...reached,
      ...(tagImage === undefined ? {} : { image: tagImage }),
      async exceedQuota(namespace) {
        const quota = { metadata: { name: 'quota' }, spec: { hard: { pods: '0' } } };
        const { status } = await callsTo(reached).post(`/api/v1/namespaces/${namespace}/resourcequotas`, quota);
        assert.equal(status, 201);
      },
    };
  });
  after(async () => {
    await agent.close();
    await cluster?.stop();
  });
  kubernetesApiCases(() => rig);
});

/** How to reach the API by TLS: its authority, and the user's certificate where that is how they sign in. */
async function tlsOf(config: KubeConfig): Promise<buildConnector.BuildOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized = true } = options;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized };
}
