import type { Logins } from './containers.ts';
import type { ConfigMap, KubernetesObject, Secret } from './objects.ts';
import type { ContainerSpec, FilesSource, Pod, Volume } from './pods.ts';
import { configMaps, secrets } from './resources.ts';
import type { Store } from './store.ts';

type Kind = 'configmap' | 'secret';
type Texts = Readonly<Record<string, string>>;

/** What the kubelet cannot do for want of a Secret, ConfigMap or key; the message is its own. */
export class MissingSource extends Error {
  override readonly name = 'MissingSource';
}

function textsOf(store: Store, kind: Kind, namespace: string, name: string): Texts | undefined {
  const object: KubernetesObject | undefined = store.get(kind === 'secret' ? secrets : configMaps, namespace, name);
  if (object === undefined) return undefined;
  const decoded = (data: Texts = {}): Texts =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  if (kind === 'secret') return decoded((object as Secret).data);
  const { data, binaryData } = object as ConfigMap;
  return { ...data, ...decoded(binaryData) };
}

/**
 * Returns the container's environment: `envFrom` first, then `env`, in which `$(NAME)` is a variable named earlier, `$$` a `$`, and
 * anything else stays. Throws a MissingSource when something is not there and not optional.
 */
export function environmentOf(store: Store, pod: Pod, spec: ContainerSpec, podIp: string): Record<string, string> {
  const { namespace = '' } = pod.metadata;
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of spec.envFrom ?? []) {
    const kind = secretRef === undefined ? 'configmap' : 'secret';
    const source = secretRef ?? configMapRef;
    const texts = source === undefined ? {} : textsOf(store, kind, namespace, source.name);
    if (texts === undefined && source?.optional !== true)
      throw new MissingSource(`${kind} "${source?.name ?? ''}" not found`);
    for (const [key, text] of Object.entries(texts ?? {})) env[prefix + key] = text;
  }
  for (const { name, value, valueFrom } of spec.env ?? []) {
    const text = valueFrom === undefined ? expand(value ?? '', env) : valueOf(store, pod, valueFrom, podIp);
    if (text !== undefined) env[name] = text;
  }
  return env;
}

/** Fills in `$(NAME)` as the kubelet does (k8s.io/kubernetes third_party/forked/golang/expansion). */
export function expand(text: string, env: Texts): string {
  return text.replaceAll(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}

type ValueFrom = NonNullable<NonNullable<ContainerSpec['env']>[number]['valueFrom']>;

function valueOf(store: Store, pod: Pod, from: ValueFrom, podIp: string): string | undefined {
  const { namespace = '' } = pod.metadata;
  if (from.fieldRef !== undefined) return fieldOf(pod, from.fieldRef.fieldPath, podIp);
  const { secretKeyRef, configMapKeyRef } = from;
  const reference = secretKeyRef ?? configMapKeyRef;
  // Amounts of the container itself: the sandbox's containers have none.
  if (reference === undefined) return '0';
  const kind = secretKeyRef === undefined ? 'configmap' : 'secret';
  const texts = textsOf(store, kind, namespace, reference.name);
  const text = texts?.[reference.key];
  if (text !== undefined || reference.optional === true) return text;
  if (texts === undefined) throw new MissingSource(`${kind} "${reference.name}" not found`);
  const where = `${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${namespace}/${reference.name}`;
  throw new MissingSource(`couldn't find key ${reference.key} in ${where}`);
}

function fieldOf({ metadata, spec }: Pod, path: string, podIp: string): string {
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (map === 'labels' || map === 'annotations') return metadata[map]?.[key] ?? '';
  const known: Texts = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace ?? '',
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'status.podIP': podIp,
    'status.podIPs': podIp,
    'status.hostIP': '10.0.0.1',
    'status.hostIPs': '10.0.0.1',
  };
  return known[path] ?? '';
}

/** The parts of a volume that are made of Secrets and ConfigMaps. */
function partsOf({ secret, configMap, projected }: Volume): { kind: Kind; source: FilesSource }[] {
  const fromSecret = ({ secretName = '', ...rest }: NonNullable<Volume['secret']>): FilesSource => ({
    ...rest,
    name: secretName,
  });
  return [
    ...(secret === undefined ? [] : [{ kind: 'secret' as const, source: fromSecret(secret) }]),
    ...(configMap === undefined ? [] : [{ kind: 'configmap' as const, source: configMap }]),
    ...(projected?.sources ?? []).flatMap((part) => [
      ...(part.secret === undefined ? [] : [{ kind: 'secret' as const, source: part.secret }]),
      ...(part.configMap === undefined ? [] : [{ kind: 'configmap' as const, source: part.configMap }]),
    ]),
  ];
}

/** Returns the volume's files by their path in it; throws a MissingSource when one cannot be had. */
function filesOf(store: Store, namespace: string, volume: Volume): Map<string, string> {
  const files = new Map<string, string>();
  for (const { kind, source } of partsOf(volume)) {
    const texts = textsOf(store, kind, namespace, source.name ?? '');
    if (texts === undefined && source.optional !== true)
      throw new MissingSource(`${kind} "${source.name ?? ''}" not found`);
    const items = source.items ?? Object.keys(texts ?? {}).map((key) => ({ key, path: key }));
    for (const { key, path } of items) {
      const text = texts?.[key];
      if (text !== undefined) files.set(path, text);
      else if (source.optional !== true)
        throw new MissingSource(`references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${key}`);
    }
  }
  return files;
}

/** Returns whether all of the pod's volumes can be had; until then its containers are not made. */
export function canMount(store: Store, pod: Pod): boolean {
  try {
    for (const volume of pod.spec.volumes ?? []) filesOf(store, pod.metadata.namespace ?? '', volume);
    return true;
  } catch (error) {
    if (error instanceof MissingSource) return false;
    throw error;
  }
}

/** Returns the text of the file at an absolute path in a container, when a ConfigMap or Secret brings one there. */
export function fileAt(store: Store, pod: Pod, { volumeMounts = [] }: ContainerSpec, path: string): string | undefined {
  // The deepest mount is the one that is seen.
  const mounts = [...volumeMounts].sort((one, other) => other.mountPath.length - one.mountPath.length);
  for (const { name, mountPath, subPath = '' } of mounts) {
    const root = mountPath.replace(/\/+$/, '');
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    const volume = pod.spec.volumes?.find((one) => one.name === name);
    if (volume === undefined || partsOf(volume).length === 0) return undefined;
    const inside = [subPath, path.slice(root.length + 1)].filter((part) => part !== '').join('/');
    return canMount(store, pod) ? filesOf(store, pod.metadata.namespace ?? '', volume).get(inside) : undefined;
  }
  return undefined;
}

type DockerConfig = { auths?: Record<string, { username?: string; password?: string; auth?: string }> };

/** Returns the logins that the pod's imagePullSecrets hold; one that is not there or cannot be read is passed over, as by the kubelet. */
export function loginsOf(store: Store, pod: Pod): Logins {
  const logins = new Map<string, { username: string; password: string }>();
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const text = textsOf(store, 'secret', pod.metadata.namespace ?? '', name)?.['.dockerconfigjson'];
    for (const [server, { auth = '', ...given }] of Object.entries(readConfig(text).auths ?? {})) {
      const [username = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':');
      const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
      logins.set(host, { username: given.username ?? username, password: given.password ?? rest.join(':') });
    }
  }
  return logins;
}

function readConfig(text: string | undefined): DockerConfig {
  try {
    return JSON.parse(text ?? '{}') as DockerConfig;
  } catch {
    return {};
  }
}
