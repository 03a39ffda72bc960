import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiException, CoordinationV1Api, V1Lease, V1LeaseSpec, V1MicroTime, V1ObjectMeta, type KubeConfig } from '@kubernetes/client-node';

/** How long a demo that was killed keeps others out, in seconds, and how often a living one says that it lives, in milliseconds. */
const holdsSeconds = 15;
const renewMs = 5_000;
const name = 'demo';

/**
 * Takes a cluster for one demo at a time, by a Lease in the demo's namespace, until this process ends: two would take each other's previews
 * away. Throws an Error that names who has it.
 */
export async function holdCluster(config: KubeConfig, namespace: string): Promise<void> {
  const leases = config.makeApiClient(CoordinationV1Api);
  void keep(leases, namespace, await take(leases, namespace));
}

/** Returns the Lease, now ours. */
async function take(leases: CoordinationV1Api, namespace: string): Promise<V1Lease> {
  try {
    return await leases.createNamespacedLease({ namespace, body: leaseAt(Object.assign(new V1ObjectMeta(), { name })) });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const held = await leases.readNamespacedLease({ name, namespace });
  const { holderIdentity = 'somebody', leaseDurationSeconds = 0, renewTime } = held.spec ?? new V1LeaseSpec();
  const taken = new Error(
    `--kubeconfig: a demo of ${holderIdentity} runs in this cluster: end it, or name another cluster (if it was killed, try again in ${leaseDurationSeconds} s)`,
  );
  // The client gives the time as the text that it came as, whatever its type says.
  if (new Date(renewTime ?? 0).getTime() + leaseDurationSeconds * 1_000 > Date.now()) throw taken;
  return leases.replaceNamespacedLease({ name, namespace, body: leaseAt(held.metadata) }).catch((error: unknown) => {
    throw isConflict(error) ? taken : error;
  });
}

/** Says every few seconds that this demo lives; what fails is said again the next time. */
async function keep(leases: CoordinationV1Api, namespace: string, ours: V1Lease): Promise<void> {
  for (let last = ours; ; ) {
    await sleep(renewMs, undefined, { ref: false });
    last = await leases.replaceNamespacedLease({ name, namespace, body: leaseAt(last.metadata) }).catch(() => last);
  }
}

/** Returns our Lease as of now, in place of the version that `metadata` names. */
function leaseAt(metadata: V1ObjectMeta | undefined): V1Lease {
  const holderIdentity = `${userInfo().username}@${hostname()} (process ${process.pid})`;
  const spec = Object.assign(new V1LeaseSpec(), { holderIdentity, leaseDurationSeconds: holdsSeconds, renewTime: new V1MicroTime() });
  return Object.assign(new V1Lease(), { metadata, spec });
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiException && error.code === 409;
}
