import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { deployment, ingress, paths, service } from './kubernetes-objects.ts';

/** What the API adds to the objects we apply: whoever compares them has to know. */
export function defaultsCases(api: () => Calls): void {
  describe('defaults', () => {
    test('of a Deployment', async (t) => {
      const calls = api();
      const path = `${paths.deployments(await freshNamespace(t, calls))}/foo`;
      const container = {
        env: [
          { name: 'A', value: '1' },
          { name: 'EMPTY', value: '' },
        ],
        ports: [{ name: 'http', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 'http' } },
        resources: {
          limits: { cpu: '1000m', memory: '1024Mi' },
          requests: { cpu: 0.1, memory: '1.5Gi'.replace('1.5', '0.5') },
        },
      };
      const { body } = await calls.apply(path, deployment(container));
      assert.deepEqual(body['spec'], {
        replicas: 0,
        selector: { matchLabels: { app: 'foo' } },
        template: {
          metadata: { labels: { app: 'foo' } },
          spec: {
            containers: [
              {
                name: 'web',
                image: 'localhost/none:1',
                ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
                env: [{ name: 'A', value: '1' }, { name: 'EMPTY' }],
                resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '512Mi' } },
                readinessProbe: {
                  httpGet: { path: '/', port: 'http', scheme: 'HTTP' },
                  timeoutSeconds: 1,
                  periodSeconds: 10,
                  successThreshold: 1,
                  failureThreshold: 3,
                },
                terminationMessagePath: '/dev/termination-log',
                terminationMessagePolicy: 'File',
                imagePullPolicy: 'IfNotPresent',
              },
            ],
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 1,
            dnsPolicy: 'ClusterFirst',
            automountServiceAccountToken: false,
            securityContext: {},
            schedulerName: 'default-scheduler',
          },
        },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      });
    });

    test('of what a Deployment leaves out', async (t) => {
      const calls = api();
      const path = paths.deployments(await freshNamespace(t, calls));
      const labels = { app: 'bare' };
      const pull = async (name: string, image: string): Promise<unknown> => {
        const spec = {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } },
        };
        const { body } = await calls.post(path, { metadata: { name }, spec });
        assert.equal(at(body, 'spec.template.spec.terminationGracePeriodSeconds'), 30);
        assert.deepEqual(at(body, 'spec.template.spec.containers.0.resources'), {});
        return at(body, 'spec.template.spec.containers.0.imagePullPolicy');
      };
      assert.equal(await pull('tag', 'registry.example.com:5000/foo:1'), 'IfNotPresent');
      assert.equal(await pull('latest', 'foo:latest'), 'Always');
      assert.equal(await pull('none', 'registry.example.com:5000/foo'), 'Always');
      assert.equal(await pull('digest', `foo@sha256:${'0'.repeat(64)}`), 'IfNotPresent');
      const { body } = await calls.post(path, {
        metadata: { name: 'one' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'localhost/none:1' }] } },
        },
      });
      assert.equal(at(body, 'spec.replicas'), 1);
    });

    test('of a Service, whose address stays', async (t) => {
      const calls = api();
      const path = `${paths.services(await freshNamespace(t, calls))}/foo-service`;
      const { body } = await calls.apply(path, service());
      const ip = textAt(body, 'spec.clusterIP');
      assert.match(ip, /^\d+\.\d+\.\d+\.\d+$/);
      assert.deepEqual(body['spec'], {
        ports: [{ name: 'nginx', protocol: 'TCP', port: 80, targetPort: 'http' }],
        selector: { app: 'foo' },
        clusterIP: ip,
        clusterIPs: [ip],
        type: 'ClusterIP',
        sessionAffinity: 'None',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
      });
      assert.deepEqual(body['status'], { loadBalancer: {} });
      assert.equal(textAt((await calls.put(path, service({ targetPort: 8080 }))).body, 'spec.clusterIP'), ip);
      const moved = await calls.put(
        path,
        service({}, { clusterIP: ip.replace(/\d+$/, (last) => String((Number(last) % 250) + 1)) }),
      );
      assert.deepEqual([moved.status, at(moved.body, 'details.causes.0.field')], [422, 'spec.clusterIPs[0]']);
      const bare = await calls.post(paths.services(textAt(body, 'metadata.namespace')), {
        metadata: { name: 'bare' },
        spec: { ports: [{ port: 80 }] },
      });
      assert.deepEqual(at(bare.body, 'spec.ports'), [{ protocol: 'TCP', port: 80, targetPort: 80 }]);
    });

    test('of an Ingress: none but its status', async (t) => {
      const calls = api();
      const wanted = ingress('foo-241.preview.example.com');
      const { body } = await calls.apply(`${paths.ingresses(await freshNamespace(t, calls))}/foo`, wanted);
      assert.deepEqual(body['spec'], wanted['spec']);
      assert.deepEqual(body['status'], { loadBalancer: {} });
    });

    test('of a namespace made by apply', async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls);
      const { body } = await calls.apply(paths.namespace(namespace), {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { ours: '1' } },
      });
      assert.deepEqual(at(body, 'metadata.labels'), {
        'kubernetes.io/metadata.name': namespace,
        ours: '1',
      } satisfies Tree);
    });
  });
}
