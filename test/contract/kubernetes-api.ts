import { applyCases } from './kubernetes-apply.ts';
import { callsTo, type KubernetesRig } from './kubernetes-calls.ts';
import { defaultsCases } from './kubernetes-defaults.ts';
import { deleteCases } from './kubernetes-deletes.ts';
import { listCases } from './kubernetes-lists.ts';
import { rolloutCases } from './kubernetes-rollouts.ts';
import { validationCases } from './kubernetes-validation.ts';
import { watchCases } from './kubernetes-watches.ts';
import { writeCases } from './kubernetes-writes.ts';

/** Registers, for the API that `rig` returns once the tests run, every case of the Kubernetes contract. */
export function kubernetesApiCases(rig: () => KubernetesRig): void {
  const calls = (): ReturnType<typeof callsTo> => callsTo(rig());
  writeCases(calls, rig);
  applyCases(calls);
  defaultsCases(calls);
  validationCases(calls);
  deleteCases(calls);
  listCases(calls);
  watchCases(calls, rig);
  rolloutCases(calls, rig);
}
