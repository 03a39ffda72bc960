import type { ServingContainer } from './containers.ts';
import type { Kubelet } from './kubelet.ts';
import type { Service } from './objects.ts';
import { isLeaving, isReady, type Pod } from './pods.ts';
import { pods, services } from './resources.ts';
import { matchesLabels } from './selectors.ts';
import type { Store } from './store.ts';

/**
 * Returns the ready containers behind a Service's port (by name or number), or undefined when there is no such Service or port:
 * an ingress controller treats the two apart. A named target port has to be a port of the container; a numbered one as well,
 * unless the container lists none (then the sandbox takes it to listen there).
 */
export function readyContainers(
  store: Store,
  kubelet: Kubelet,
  namespace: string,
  name: string,
  port: string | number,
): ServingContainer[] | undefined {
  const service = store.get(services, namespace, name) as Service | undefined;
  const servicePort = service?.spec.ports?.find((known) =>
    typeof port === 'number' ? known.port === port : known.name === port,
  );
  if (service === undefined || servicePort === undefined) return undefined;
  const ready = (store.list(pods, namespace) as Pod[]).filter(
    (pod) => !isLeaving(pod) && matchesLabels(service.spec.selector, pod.metadata.labels) && isReady(pod),
  );
  return ready.flatMap((pod) => containerAt(kubelet, pod, servicePort.targetPort) ?? []);
}

function containerAt(kubelet: Kubelet, pod: Pod, target: string | number): ServingContainer | undefined {
  const run = kubelet.runs(pod).find(({ spec: { ports = [] } }) => {
    if (typeof target === 'string') return ports.some((port) => port.name === target);
    return ports.length === 0 || ports.some((port) => port.containerPort === target);
  });
  return run?.now !== undefined && 'serve' in run.now ? run.now : undefined;
}
