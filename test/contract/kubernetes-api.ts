import { admissionCases } from './kubernetes-admission.ts';
import { applyCases } from './kubernetes-apply.ts';
import { callsTo, type KubernetesRig } from './kubernetes-calls.ts';
import { changeCases } from './kubernetes-changes.ts';
import { defaultsCases } from './kubernetes-defaults.ts';
import { deleteCases } from './kubernetes-deletes.ts';
import { jobPauseCases } from './kubernetes-job-pauses.ts';
import { jobCases } from './kubernetes-jobs.ts';
import { plainKindCases } from './kubernetes-kinds-plain.ts';
import { kindCases } from './kubernetes-kinds.ts';
import { listCases } from './kubernetes-lists.ts';
import { podSecurityCases } from './kubernetes-pod-security.ts';
import { podCases } from './kubernetes-pods.ts';
import { refusalCases } from './kubernetes-refusals.ts';
import { rolloutCases } from './kubernetes-rollouts.ts';
import { statefulSetCases } from './kubernetes-stateful-sets.ts';
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
  kindCases(calls);
  plainKindCases(calls);
  refusalCases(calls);
  changeCases(calls);
  admissionCases(calls, rig);
  podSecurityCases(calls);
  podCases(calls, rig);
  jobCases(calls, rig);
  jobPauseCases(calls, rig);
  statefulSetCases(calls, rig);
}
