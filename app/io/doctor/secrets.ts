import * as z from 'zod';
import { ok, problem, type Verdict } from '../../core/diagnosis.ts';
import { KubernetesError } from '../../core/ports.ts';
import { passwordsToDo } from '../../core/traffic/passwords.ts';
import type { Dialect } from '../../core/traffic/policy.ts';
import { shaped } from '../github/answer.ts';
import type { Connection } from '../kubernetes/connection.ts';

/** The Secrets that avant.yaml names, all in one namespace. */
export type WantedSecrets = {
  readonly namespace: string;
  readonly names: readonly string[];
  /** Those among the names that images are pulled with. */
  readonly pull: ReadonlySet<string>;
  /** Those among the names that have passwords for the door, which reads them as its controller does. */
  readonly passwords: ReadonlySet<string>;
  readonly dialect: Dialect;
};

/** The kubelet looks at the type and not at the keys alone (kubernetes pkg/credentialprovider/secrets); the older kubernetes.io/dockercfg Avant does not read. */
const pullType = 'kubernetes.io/dockerconfigjson';
const secretShape = z.object({ type: z.string().default('Opaque'), data: z.record(z.string(), z.string()).default({}) });
type Found = { readonly name: string; readonly secret: z.infer<typeof secretShape> };

/** Looks at the Secrets: whether they are there, and fit for what they are for. Nothing of what they hold is told. */
export async function judgeSecrets(connection: Connection, wanted: WantedSecrets): Promise<Verdict[]> {
  const { namespace, names } = wanted;
  const looked = await Promise.all(names.map(async (name) => ({ name, secret: await readSecret(connection, namespace, name) })));
  const missing = looked.flatMap(({ name, secret }) => (secret ? [] : [name]));
  const found = looked.flatMap(({ name, secret }) => (secret ? [{ name, secret }] : []));
  const verdicts = [...(missing.length === 0 ? [] : [secretsMissing(namespace, missing)]), ...found.flatMap((one) => [...pullProblems(one, wanted), ...passwordProblems(one, wanted)])];
  return verdicts.length > 0 ? verdicts : [ok(`${names.length} that avant.yaml names are in ${namespace}`)];
}

function secretsMissing(namespace: string, missing: readonly string[]): Verdict {
  return problem(
    `${missing.join(', ')} of avant.yaml ${missing.length === 1 ? 'is' : 'are'} not in the namespace ${namespace}`,
    'create them there, or take them out of avant.yaml; the previews that want them wait',
  );
}

function pullProblems({ name, secret: { type } }: Found, { namespace, pull }: WantedSecrets): readonly Verdict[] {
  if (!pull.has(name) || type === pullType) return [];
  return [
    problem(
      `${name} in ${namespace} is of the type ${type}: to pull images with, it must be ${pullType}`,
      `make it anew: kubectl delete secret ${name} -n ${namespace}; kubectl create secret docker-registry ${name} -n ${namespace} --docker-server=REGISTRY --docker-username=NAME --docker-password=PASSWORD`,
    ),
  ];
}

function passwordProblems({ name, secret: { data } }: Found, { namespace, passwords, dialect }: WantedSecrets): readonly Verdict[] {
  if (!passwords.has(name)) return [];
  const toDo = passwordsToDo(`${namespace}/${name}`, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, uid: 'read' }, data }, dialect);
  return toDo === undefined ? [] : [problem(`${name} in ${namespace} lets nobody in: previews behind its passwords have no link`, toDo)];
}

/** Returns undefined for a Secret that is not there. */
async function readSecret(connection: Connection, namespace: string, name: string): Promise<Found['secret'] | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  try {
    return shaped(secretShape, await connection.call({ method: 'GET', path }), `Secret ${name}`);
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) return undefined;
    throw error;
  }
}
