import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, at, type Calls, eventually, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { deployment, paths, pod } from './kubernetes-objects.ts';

const good = {
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};
const beside = (container: Tree = {}): Tree => ({ name: 'b', image: 'localhost/none:1', ...container });
const two = (first: Tree, second: Tree, spec: Tree = {}): Tree => {
  const body = pod('p', first, spec);
  return {
    ...body,
    spec: { ...(body['spec'] as Tree), containers: [...(at(body, 'spec.containers') as Tree[]), beside(second)] },
  };
};

/** Pods, and what each level says of them; undefined: nothing. */
const secured: readonly (readonly [
  title: string,
  body: Tree,
  baseline: string | undefined,
  restricted: string | undefined,
])[] = [
  [
    'nothing said',
    pod('p'),
    undefined,
    'allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  ['all said', pod('p', good), undefined, undefined],
  [
    'the host',
    pod(
      'p',
      {
        ...good,
        ports: [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 81 },
        ],
      },
      { hostNetwork: true, hostPID: true, hostIPC: true, volumes: [{ name: 'h', hostPath: { path: '/' } }] },
    ),
    'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true), hostPath volumes (volume "h"), hostPort (container "web" uses hostPorts 80, 81)',
    'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true), hostPort (container "web" uses hostPorts 80, 81), restricted volume types (volume "h" uses restricted volume type "hostPath")',
  ],
  [
    'capabilities',
    two(
      { securityContext: { ...good.securityContext, capabilities: { drop: ['ALL'], add: ['SYS_TIME', 'NET_ADMIN'] } } },
      { securityContext: { ...good.securityContext, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } },
    ),
    'non-default capabilities (container "web" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
    'unrestricted capabilities (container "web" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
  ],
  [
    'profiles',
    two(
      {
        securityContext: {
          ...good.securityContext,
          seccompProfile: { type: 'Unconfined' },
          appArmorProfile: { type: 'Unconfined' },
        },
      },
      {
        securityContext: {
          ...good.securityContext,
          seccompProfile: { type: 'Unconfined' },
          seLinuxOptions: { type: 'foo', user: 'u' },
        },
      },
    ),
    'forbidden AppArmor profile (container "web" must not set AppArmor profile type to "Unconfined"), seLinuxOptions (container "b" set forbidden securityContext.seLinuxOptions: type "foo"; user may not be set), seccompProfile (containers "web", "b" must not set securityContext.seccompProfile.type to "Unconfined")',
    'forbidden AppArmor profile (container "web" must not set AppArmor profile type to "Unconfined"), seLinuxOptions (container "b" set forbidden securityContext.seLinuxOptions: type "foo"; user may not be set), seccompProfile (containers "web", "b" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    'root',
    two(
      { securityContext: { ...good.securityContext, runAsUser: 0 } },
      { securityContext: { ...good.securityContext, runAsNonRoot: false } },
      { securityContext: { runAsUser: 0 } },
    ),
    undefined,
    'runAsNonRoot != true (container "b" must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod and container "web" must not set runAsUser=0)',
  ],
  [
    'sysctls and probes elsewhere',
    pod(
      'p',
      { ...good, livenessProbe: { httpGet: { host: '1.2.3.4', port: 80 } } },
      {
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.ipv4.tcp_syncookies', value: '1' },
          ],
        },
      },
    ),
    'probe or lifecycle host (container "web" uses probe or lifecycle host "1.2.3.4"), forbidden sysctls (kernel.msgmax)',
    'probe or lifecycle host (container "web" uses probe or lifecycle host "1.2.3.4"), forbidden sysctls (kernel.msgmax)',
  ],
  [
    'volumes of the network',
    pod('p', good, {
      volumes: [
        { name: 'n', nfs: { server: 'x', path: '/' } },
        { name: 'h', nfs: { server: 'x', path: '/' } },
        { name: 'e', emptyDir: {} },
      ],
    }),
    undefined,
    'restricted volume types (volumes "n", "h" use restricted volume type "nfs")',
  ],
  [
    'one that initialises',
    pod('p', good, { initContainers: [beside()] }),
    undefined,
    'allowPrivilegeEscalation != false (container "b" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "b" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "b" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
];

const enforced = (level: string): Tree => ({ 'pod-security.kubernetes.io/enforce': level });

/** What pod security at the levels baseline and restricted forbids. */
export function podSecurityCases(api: () => Calls): void {
  describe('pod security', () => {
    levelCases(api);
  });
}

function levelCases(api: () => Calls): void {
  for (const level of ['baseline', 'restricted'] as const) {
    test(`pod security at ${level}`, async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls, enforced(level));
      for (const [title, body, baseline, restricted] of secured) {
        const answer = await calls.post(paths.pods(namespace), body);
        const expected = level === 'baseline' ? baseline : restricted;
        if (expected === undefined) {
          assert.equal(answer.status, 201, `${title}: ${answer.text}`);
          await calls.remove(`${paths.pods(namespace)}/p`);
          await eventually(
            () => calls.get(`${paths.pods(namespace)}/p`),
            ({ status }) => status === 404,
          );
        } else {
          assert.equal(
            answer.body['message'],
            `pods "p" is forbidden: violates PodSecurity "${level}:latest": ${expected}`,
            title,
          );
          assert.deepEqual([answer.status, answer.body['details']], [403, { name: 'p', kind: 'pods' }]);
        }
      }
    });
  }

  test('pod security of a version, and of a level that does not exist', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls, enforced('restricted'));
    const label = (name: string, value: string): Promise<Answer> =>
      calls.merge(paths.namespace(namespace), {
        metadata: { labels: { [`pod-security.kubernetes.io/${name}`]: value } },
      });
    const refused = async (): Promise<string> => {
      const { status, body } = await calls.post(paths.pods(namespace), pod('p'));
      assert.equal(status, 403);
      return textAt(body, 'message');
    };
    assert.match(await refused(), /violates PodSecurity "restricted:latest": /);
    assert.equal((await label('enforce-version', 'v1.30')).status, 200);
    // The API server hears of a changed label a moment later.
    await eventually(refused, (message) => message.includes('violates PodSecurity "restricted:v1.30": '));
    const wrong = await label('enforce', 'bogus');
    assert.deepEqual(
      [wrong.status, at(wrong.body, 'details.causes.0.field')],
      [422, 'metadata.labels[pod-security.kubernetes.io/enforce]'],
    );
    assert.match(textAt(wrong.body, 'message'), /must be one of privileged, baseline, restricted/);
  });

  test('pod security is seen at the Deployment', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls, enforced('restricted'));
    const path = `${paths.deployments(namespace)}/foo`;
    assert.equal((await calls.apply(path, deployment({}, { replicas: 1 }))).status, 201);
    await eventually(
      () => calls.get(path),
      ({ body }) =>
        /pods \\"foo-\w+-\w+\\" is forbidden: violates PodSecurity \\"restricted:latest\\": /.test(
          textAt(body, 'status.conditions'),
        ),
    );
  });
}
