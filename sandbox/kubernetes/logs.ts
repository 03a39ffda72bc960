import type { Kubelet } from './kubelet.ts';
import { containersOf, type Pod } from './pods.ts';
import { badRequest, notFound, notInSandbox } from './refusals.ts';
import { pods } from './resources.ts';
import type { Store } from './store.ts';

/** What the kubelet says instead of logs while a container waits, by the reason it waits for. */
const waits: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

const unsupported = ['follow', 'timestamps', 'sinceSeconds', 'sinceTime', 'stream'];

/**
 * GET of a pod's logs: text, for `container`, `previous`, `tailLines` and `limitBytes`; undefined (204) while the pod has
 * no node. Throws a 404, the 400s of the real server, and a 501 for the rest of the parameters.
 */
export function readLogs(
  store: Store,
  kubelet: Kubelet,
  namespace: string,
  name: string,
  query: URLSearchParams,
): string | undefined {
  const pod = store.get(pods, namespace, name) as Pod | undefined;
  if (pod === undefined) throw notFound(pods, name);
  const asked = unsupported.find((parameter) => query.has(parameter) && query.get(parameter) !== 'false');
  if (asked !== undefined) throw notInSandbox(`the log parameter ${asked}`);
  const { initContainers = [], containers } = pod.spec;
  const names = containers.map((one) => one.name);
  const container = query.get('container') ?? (names.length === 1 ? names[0] : undefined);
  if (container === undefined) {
    const first = initContainers.map((one) => one.name).join(' ');
    const others = first === '' ? '' : ` or one of the init containers: [${first}]`;
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${others}`,
    );
  }
  if (!containersOf(pod.spec).some((one) => one.name === container))
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  if (pod.spec.nodeName === undefined) return undefined;
  const run = kubelet.runs(pod).find(({ spec }) => spec.name === container);
  const previous = query.get('previous') === 'true';
  const source = previous ? run?.before : run?.now;
  if (source === undefined && previous)
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  if (source === undefined) {
    const reason = run?.record.state.waiting?.reason ?? 'ContainerCreating';
    throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${waits[reason] ?? reason}`);
  }
  const lines = source.logs();
  const tail = query.get('tailLines');
  const kept = tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  const text = kept.map((line) => `${line}\n`).join('');
  const limit = query.get('limitBytes');
  // Cut at the end, wherever that is in a line or a letter.
  return limit === null ? text : Buffer.from(text).subarray(0, Number(limit)).toString();
}
