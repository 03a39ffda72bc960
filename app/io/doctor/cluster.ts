import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { IngressSettings } from '../../config/ingress-schema.ts';
import { ok, problem, warning, type Verdict } from '../../core/diagnosis.ts';
import { manager, names } from '../../core/object.ts';
import { KubernetesError } from '../../core/ports.ts';
import { shaped } from '../github/answer.ts';
import { isThere, type Connection } from '../kubernetes/connection.ts';
import { describeRights, neededRights, type Right } from '../kubernetes/rights.ts';
import { once, type Check } from './checks.ts';
import { judgeSecrets, type WantedSecrets } from './secrets.ts';

/** ValidatingAdmissionPolicy is stable since then, and switched on. */
const leastMinor = 30;

/** So many questions at a time; an API server gives a client its share (flow control), and they are small. */
const atOnce = 8;

export type ClusterParts = {
  /** `home`, or the name in avant.yaml. */
  readonly name: string;
  /** The way there; throws an Error that says what is wrong with the kubeconfig. */
  readonly connection: () => Connection;
  /** Avant's own namespace; undefined in clusters that only have previews, or where it is not known. */
  readonly namespace: string | undefined;
  /** Secrets that avant.yaml names for this cluster's tenants. */
  readonly secrets: WantedSecrets | undefined;
  /** The class of the previews; undefined where it is not known. */
  readonly ingress: IngressSettings | undefined;
  /** What to set where it cannot be reached. */
  readonly setting: string;
};

/** The first check of a cluster, which the others need. */
export function clusterCheck(name: string): string {
  return `cluster ${name}`;
}

/** Looks at a cluster as the account that Avant has there: version, rights, namespaces, and the second wall. Nothing is written. */
export function clusterChecks(parts: ClusterParts, needs: readonly string[]): Check[] {
  const { name, namespace, secrets, ingress } = parts;
  const open = once(() => Promise.resolve().then(parts.connection));
  const whole = clusterCheck(name);
  const otherwise = `${parts.setting} to a kubeconfig file whose API server is reached from here`;
  const check = (what: string, run: (connection: Connection) => Promise<Verdict | readonly Verdict[]>): Check => ({
    name: `${whole}, ${what}`,
    needs: [whole],
    otherwise: 'try again; see what the API server’s log says',
    run: async () => run(await open()),
  });
  return [
    { name: whole, needs, otherwise, run: async () => judgeServer(await open(), otherwise) },
    check('rights', (connection) => judgeRights(connection, namespace)),
    ...(namespace === undefined ? [] : [check('namespace', (connection) => judgeNamespace(connection, namespace))]),
    ...(secrets === undefined
      ? []
      : [check('Secrets', (connection) => judgeSecrets(connection, secrets))]),
    ...(ingress === undefined ? [] : [check('ingress class', (connection) => judgeClass(connection, ingress))]),
    check('admission policies', judgePolicies),
    check('Pod Security', judgePodSecurity),
  ];
}

const versionShape = z.object({ gitVersion: z.string() });
const whoShape = z.object({ status: z.object({ userInfo: z.object({ username: z.string().default('nobody') }) }) });

/** `/version` is open to everybody: who we are shows that the credentials are good. */
async function judgeServer(connection: Connection, mend: string): Promise<Verdict> {
  const { gitVersion } = shaped(versionShape, await connection.call({ method: 'GET', path: '/version' }), '/version');
  const [, major = '0', minor = '0'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  if (Number(major) !== 1 || Number(minor) < leastMinor)
    return problem(`Kubernetes ${gitVersion}`, `Avant needs 1.${leastMinor} or newer: upgrade the cluster`);
  try {
    return ok(`Kubernetes ${gitVersion}, as ${await whoAmI(connection)}`);
  } catch (error) {
    if (!(error instanceof KubernetesError && error.status === 401)) throw error;
    return problem(`Kubernetes ${gitVersion} does not know these credentials`, mend);
  }
}

async function whoAmI(connection: Connection): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await connection.call({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body });
  return shaped(whoShape, answer, 'SelfSubjectReview').status.userInfo.username;
}

const accessShape = z.object({ status: z.object({ allowed: z.boolean() }) });

async function mayWe(connection: Connection, { group, resource: path, verb, namespace, name }: Right): Promise<boolean> {
  const [resource = '', subresource] = path.split('/');
  const attributes = { group, resource, verb, subresource, namespace, name };
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) },
  };
  const answer = await connection.call({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body });
  return shaped(accessShape, answer, 'SelfSubjectAccessReview').status.allowed;
}

async function judgeRights(connection: Connection, namespace: string | undefined): Promise<Verdict[]> {
  const everything = mayWe(connection, { group: '*', resource: '*', verb: '*' });
  const missing: Right[] = [];
  const needed = neededRights(namespace);
  const waiting = [...needed];
  const ask = async (): Promise<void> => {
    for (let right = waiting.shift(); right; right = waiting.shift())
      if (!(await mayWe(connection, right))) missing.push(right);
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  const inOrder = needed.filter((right) => missing.includes(right));
  const tooMuch = warning('this account may do everything', 'give Avant one with the role of install/ instead');
  return [
    inOrder.length === 0
      ? ok(`all ${needed.length} that Avant needs`)
      : problem(`this account may not ${describeRights(inOrder)}`, 'give it the role of install/'),
    ...((await everything) ? [tooMuch] : []),
  ];
}

async function judgeNamespace(connection: Connection, name: string): Promise<Verdict> {
  return (await isThere(connection, `/api/v1/namespaces/${name}`))
    ? ok(`${name} is there`)
    : problem(`there is no namespace ${name}`, `kubectl create namespace ${name}`);
}

const classShape = z.object({ spec: z.object({ controller: z.string().default('') }).default({ controller: '' }) });

/**
 * What the controllers call themselves in an IngressClass: haproxy-ingress.github.io, docs/configuration/keys, and haproxytech's
 * documentation/controller.md. A further part behind "/" is for a controller of its own.
 */
const controllerOf = {
  'haproxy-ingress': 'haproxy-ingress.github.io/controller',
  haproxytech: 'haproxy.org/ingress-controller',
} as const;

/** An annotation is compared with the controller's own flag, and needs no IngressClass. */
async function judgeClass(connection: Connection, { class: name, controller, classForm }: IngressSettings): Promise<Verdict> {
  const path = `/apis/networking.k8s.io/v1/ingressclasses/${name}`;
  try {
    const wanted = controllerOf[controller];
    const { spec } = shaped(classShape, await connection.call({ method: 'GET', path }), `IngressClass ${name}`);
    return spec.controller === wanted || spec.controller.startsWith(`${wanted}/`)
      ? ok(`${name} is ${spec.controller}’s`)
      : problem(
          `the IngressClass ${name} is ${spec.controller}’s, not ${wanted}’s`,
          'let ingress.class and ingress.controller of avant.yaml say what the cluster has',
        );
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error.status === 403)
      return warning('this account may not read IngressClasses', `look yourself: kubectl get ingressclass ${name}`);
    if (error.status !== 404) throw error;
    return classForm === 'annotation'
      ? judgeNoClass(name, await classesOf(connection, controllerOf[controller]))
      : problem(
          `there is no IngressClass ${name}, which ingress.classForm ${classForm} needs`,
          'install the controller with its IngressClass (install/), or set ingress.class of avant.yaml to one that is there',
        );
  }
}

/** A controller that has a class there most often runs for that one. */
function judgeNoClass(name: string, others: readonly string[]): Verdict {
  return others.length === 0
    ? ok(`there is no IngressClass ${name}, and none is needed: the class is an annotation`)
    : warning(
        `there is no IngressClass ${name}, but ${others.join(', ')} of the same controller`,
        `set ingress.class of avant.yaml to one of these, unless a controller runs with --ingress-class=${name}`,
      );
}

const classesShape = z.object({ items: z.array(classShape.extend({ metadata: z.object({ name: z.string() }) })).default([]) });

/** Returns the names of the IngressClasses of a controller; none where this account may not list them. */
async function classesOf(connection: Connection, wanted: string): Promise<readonly string[]> {
  const list = await connection.call({ method: 'GET', path: '/apis/networking.k8s.io/v1/ingressclasses' }).catch((error: unknown) => {
    if (error instanceof KubernetesError && (error.status === 403 || error.status === 404)) return {};
    throw error;
  });
  return shaped(classesShape, list, 'IngressClasses')
    .items.filter(({ spec }) => spec.controller === wanted || spec.controller.startsWith(`${wanted}/`))
    .map(({ metadata }) => metadata.name);
}

type DryRun = { readonly refused: string | undefined };

/** Asks the API server what it would say to an object; nothing is kept of it (`dryRun=All`). */
async function wouldCreate(connection: Connection, collection: string, object: object): Promise<DryRun> {
  try {
    await connection.call({ method: 'POST', path: `${collection}?dryRun=All&fieldManager=${manager}`, body: object });
    return { refused: undefined };
  } catch (error) {
    // Rights come before admission: without them nothing is learned of it.
    if (error instanceof KubernetesError && [400, 403, 422].includes(error.status)) return { refused: error.message };
    throw error;
  }
}

const trial = (): string => `avant-doctor-${randomBytes(4).toString('hex')}`;

/**
 * Tries what the policies must refuse to Avant's account: a ConfigMap in somebody else's namespace, and a namespace that is no
 * preview's. Reading the policies would need a right that Avant itself has no use for.
 */
async function judgePolicies(connection: Connection): Promise<Verdict> {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: trial() } };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: trial() } };
  const tried = [
    ['a ConfigMap in the namespace default', await wouldCreate(connection, '/api/v1/namespaces/default/configmaps', configMap)],
    ['a namespace that is no preview’s', await wouldCreate(connection, '/api/v1/namespaces', namespace)],
  ] as const;
  const through = tried.filter(([, { refused }]) => refused === undefined).map(([what]) => what);
  if (through.length > 0)
    return problem(
      `nothing keeps ${await whoAmI(connection)} from writing ${through.join(' and ')}`,
      'apply the policies of install/ for this account (admission.enabled and admission.user of the chart); another account than Avant’s is not held back',
    );
  const others = tried.flatMap(([, { refused = '' }]) => (refused.includes('ValidatingAdmissionPolicy') ? [] : [refused]));
  return others.length === 0
    ? ok('they hold this account back')
    : warning(`it is refused by something else than the policies (${others.join('; ')})`, 'give it its rights, and look again');
}

/** A level that there is not: the admission of Pod Security refuses the label, and nobody else does. */
const noLevel = 'avant-doctor';

async function judgePodSecurity(connection: Connection): Promise<Verdict> {
  const labels = {
    [names.managedBy]: manager,
    [names.key]: 'doctor',
    'pod-security.kubernetes.io/enforce': 'baseline',
    'pod-security.kubernetes.io/warn': noLevel,
  };
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: trial(), labels } };
  const { refused } = await wouldCreate(connection, '/api/v1/namespaces', object);
  if (refused === undefined)
    return problem(
      'the API server does not look at the labels of Pod Security: pods of previews are held by the guard and the policies alone',
      'start kube-apiserver with the admission plugin PodSecurity, which is its default',
    );
  return refused.includes(noLevel)
    ? ok('the API server enforces it')
    : warning(`it could not be tried (${refused})`, 'see the other lines of this cluster, and look again');
}
