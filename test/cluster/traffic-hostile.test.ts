import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { possibleAnnotations } from '../../app/core/traffic/branch-annotations.ts';
import type { Json, KubernetesObject } from '../../app/core/object.ts';
import { until } from '../support/avant.ts';
import { policy, sourced } from '../support/guard-policy.ts';
import { hostile } from '../support/guard-hostile.ts';
import { oddText, quiet, trafficCases } from '../support/traffic-cases.ts';
import { hostOf, openDoor, rulesOf, type RealDoor } from '../support/traffic-door.ts';
import { previewFor, sourcedIngress, throughAlone, throughTheDoor } from '../support/traffic-ingress.ts';
import { clusterProblem } from './cluster.ts';

// A cluster of its own: here the controller is given what it cannot take.
process.env['AVANT_CLUSTER_SLOT'] ??= '12';

const problem = clusterProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);

/** Annotations that administrators may leave to branches, and the worst of plain values. */
const allowed = possibleAnnotations.filter((name) => name.startsWith('haproxy-ingress.github.io/'));
const plainest = ['', ' ', 'a,,b', ',', '-', 'GET, X', 'a (b', 'a)b', '[', '<!--', 'cookie', 'true', 'x'.repeat(256), 'a b c d e f g', '-1', '99999999999999999999', 'if TRUE', '*, *', '(a) [b] <c> ?!*^~@=&+,:./_-', 'http://a.b:1,http://c', '1ms', '0'];

const odd = ['/.', '/..', '/a+b', '/a.b', '/-', '/~', '/!', '/&', '/=', '/,', '/:', '/@', '/a:b@c,d=e', '/_error404', '/Ab', '/ab', `/${'a'.repeat(255)}`, '/.well-known/acme-challenge', '/metrics', '/healthz'].filter((path) => path !== '/.' && path !== '/..');

suite('hostile Ingresses, and a canary', { skip }, () => {
  let door: RealDoor;
  let canary: string;
  let watch: ReturnType<typeof watching>;
  before(async () => {
    assert.equal(problem, undefined);
    door = await openDoor();
    canary = await door.open('canary', {});
    await until('the canary is steady', async () => (await door.ask(canary)).status === 200);
    watch = watching(door, canary);
  });
  after(async () => {
    await watch.stop();
    await door.close();
  });

  /** The canary never missed a beat, the configuration is whole, and whoever comes next gets in. */
  const allIsWell = async (next: string): Promise<void> => {
    await door.open(next, {});
    await until(`${next} gets in`, async () => (await door.ask(hostOf(next))).headers['x-avant-preview'] === next);
    assert.equal(await door.refusal(), undefined);
    await watch.beat();
    assert.deepEqual(watch.missed, []);
  };

  test('those of a branch do not get through the guard', (context) => {
    const tried = hostile.filter(({ rule }) => /^(ingress|service)-/.test(rule));
    const preview = previewFor('haproxy-ingress', policy.namespace, policy.hosts.map((host, index) => ({ part: index === 0 ? '' : String(index), host, rules: rulesOf(policy.namespace) })));
    for (const { what, objects } of tried) {
      const { objects: through, refused } = throughAlone(preview, objects.map((object) => sourced(object)), [...policy.ingressAnnotations]);
      assert.deepEqual(through, [], what);
      assert.ok(refused.length > 0, what);
    }
    context.diagnostic(`${tried.length} hostile Ingresses and Services, all refused`);
    assert.ok(tried.length > 200);
  });

  test('the worst that the guard lets through is taken by the controller', async (context) => {
    const worst = await worstOf(door);
    for (const objects of worst) for (const object of objects) await door.apply(object);
    await until('the controller has the last of them', async () => (await door.configuration()).includes(`\nbackend worst-${worst.length}_web_`));
    assert.equal(await door.refusal(), undefined);
    await allIsWell('after-worst');
    context.diagnostic(`${worst.length} previews of the worst kind`);
  });

  test('an Ingress for the canary’s host, past the guard', async () => {
    await door.place('thief', door.echo);
    const metadata = { name: 'web', namespace: 'thief', annotations: { 'kubernetes.io/ingress.class': 'haproxy-v1' } };
    for (const host of [canary, '*.preview.bar.com', '']) {
      const rule = { ...(host === '' ? {} : { host }), http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } };
      await door.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { ...metadata, name: `thief-${host.length}` }, spec: { rules: [rule] } });
    }
    await until('the controller has them', async () => (await door.ask('somebody.preview.bar.com')).status === 200);
    await allIsWell('after-thief');
  });

  test('a certificate that is none, past the guard', async () => {
    await door.place('broken', door.echo);
    for (const [index, crt] of ['', 'garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'].entries()) {
      const name = `broken-${index}`;
      await door.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'broken' }, type: 'kubernetes.io/tls', data: { 'tls.crt': Buffer.from(crt).toString('base64'), 'tls.key': Buffer.from('garbage').toString('base64') } });
      await door.apply(bypassing('broken', name, {}, { tls: [{ hosts: [hostOf(name)], secretName: name }] }));
      await until('the controller has it', async () => (await door.ask(hostOf(name))).status !== 404);
    }
    await allIsWell('after-broken');
  });

  test('a configuration that is none, past the guard: the canary answers on, and it mends by itself', async () => {
    await door.place('breaker', door.echo);
    const bad = bypassing('breaker', 'breaker', { 'haproxy-ingress.github.io/config-backend': 'this is no configuration\n}' });
    await door.apply(bad);
    await until('the controller wrote it', async () => (await door.configuration()).includes('this is no configuration'));
    assert.match((await door.refusal()) ?? '', /unknown keyword 'this'/);
    await watch.beat();
    assert.deepEqual(watch.missed, []);
    await door.remove(bad);
    await allIsWell('after-breaker');
  });

  test('the canary was asked all the time', (context) => {
    context.diagnostic(`${watch.asked()} requests, ${watch.missed.length} missed`);
    assert.ok(watch.asked() > 100);
  });
});

/** Asks a host on and on; notes whatever is not its own answer. */
function watching(door: RealDoor, host: string): { readonly missed: readonly string[]; asked(): number; beat(): Promise<void>; stop(): Promise<void> } {
  const missed: string[] = [];
  let [asked, stopped] = [0, false];
  const loop = (async () => {
    while (!stopped) {
      const answer = await door.ask(host).then(({ status, headers }) => `${status} ${String(headers['x-avant-preview'])}`, (error: unknown) => String(error));
      asked += 1;
      if (answer !== '200 canary') missed.push(answer);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  return {
    missed,
    asked: () => asked,
    beat: async () => {
      const since = asked;
      await until('it is asked again', () => asked > since + 3);
    },
    stop: async () => {
      stopped = true;
      await loop;
    },
  };
}

function bypassing(namespace: string, name: string, annotations: Readonly<Record<string, string>>, spec: { readonly [key: string]: Json } = {}): KubernetesObject {
  const rule = { host: hostOf(name), http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, namespace, annotations: { 'kubernetes.io/ingress.class': 'haproxy-v1', ...annotations } }, spec: { rules: [rule], ...spec } };
}

/** Previews as the guard lets them through and Avant then applies them, each at the limit of what that is. */
async function worstOf(door: RealDoor): Promise<readonly (readonly KubernetesObject[])[]> {
  const backend = (name: string): Json => ({ service: { name, port: { number: 80 } } });
  const paths = (all: readonly { readonly [key: string]: Json }[]): { readonly paths: readonly Json[] } => ({ paths: all });
  const services: readonly { readonly [key: string]: Json }[] = [
    { ports: [{ port: 80, targetPort: 'a-name-of-15-ch' }] },
    { ports: [{ port: 80, protocol: 'UDP' }] },
    { ports: [{ port: 80, appProtocol: 'kubernetes.io/h2c' }] },
    { ports: [{ port: 80, targetPort: 65_535 }], clusterIP: 'None', publishNotReadyAddresses: true },
    { ports: Array.from({ length: 100 }, (_, index) => ({ name: `p${index}`, port: 80 + index, targetPort: 80 })), sessionAffinity: 'ClientIP' },
  ];
  type Spec = { readonly annotations?: Readonly<Record<string, string>>; readonly paths: readonly { readonly [key: string]: Json }[]; readonly service?: { readonly [key: string]: Json } };
  const prefix = { path: '/', pathType: 'Prefix', backend: backend('web') };
  const specs: readonly Spec[] = [
    { paths: odd.map((path) => ({ path, pathType: 'Prefix', backend: backend('web') })) },
    { paths: odd.map((path) => ({ path, pathType: 'Exact', backend: backend('web') })) },
    { paths: odd.map((path) => ({ path, pathType: 'ImplementationSpecific', backend: backend('web') })) },
    { paths: ['Prefix', 'Exact', 'ImplementationSpecific', 'Prefix'].map((pathType) => ({ path: '/same', pathType, backend: backend('web') })) },
    { paths: Array.from({ length: 100 }, (_, index) => ({ path: `/p${index}${'+.'.repeat(50)}`, pathType: 'Prefix', backend: backend('web') })) },
    ...services.map((service) => ({ service, paths: [prefix, ...['a', 'b'].map((path) => ({ ...prefix, path: `/${path}`, backend: backend('odd') }))] })),
    ...allowed.flatMap((key) => plainest.map((value) => ({ annotations: { [key]: value }, paths: [prefix] }))),
  ];
  const everything = trafficCases['everything']?.rules.traffic ?? quiet;
  const result: KubernetesObject[][] = [];
  for (const [index, { annotations = {}, paths: all, service }] of specs.entries()) {
    const name = `worst-${index + 1}`;
    await door.place(name, door.echo);
    const rules = { ...rulesOf(name), noindex: true, traffic: index % 2 === 0 ? quiet : { ...everything, requestHeaders: { 'X-Odd': oddText }, responseHeaders: { 'X-Odd': oddText } } };
    const own = service ? [sourced({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'odd' }, spec: { selector: { app: 'odd' }, ...service } })] : [];
    const { objects, refused } = throughTheDoor(previewFor('haproxy-ingress', name, [{ host: hostOf(name), rules }]), [...own, sourcedIngress({ name: 'web', annotations }, { rules: [{ host: hostOf(name), http: paths(all) }] })], allowed);
    assert.deepEqual(refused, []);
    result.push([...objects]);
  }
  return result;
}
