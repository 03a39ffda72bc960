import type { Cause, CauseReason, Found, Source } from './cause.ts';
import { containerCause } from './container-cause.ts';
import { inPlace, quote, unnumbered } from './outside-text.ts';
import { findCondition, type Condition, type Pod } from './status.ts';
import { isTemplated, type ContainerSpec, type Rollout } from './workloads.ts';

/**
 * Returns why a rollout does not get on, or undefined when nothing says so. `newest` are the pods of its newest template, `older` the
 * others. Without a clock: how long is too long is the Deployment's progress deadline, which Kubernetes keeps; a StatefulSet has none.
 */
export function findCause(rollout: Rollout, newest: readonly Pod[], older: readonly Pod[]): Found | undefined {
  const conditions = rollout.observed ? rollout.conditions : [];
  const progress = findCondition(conditions, 'Progressing');
  const late = progress?.reason === 'ProgressDeadlineExceeded' ? progress : undefined;
  const found = causeOfPods(newest, rollout);
  if (found) return late ? { ...found, passing: 'none' } : found;
  const refused = findCondition(conditions, 'ReplicaFailure');
  if (refused?.status === 'True') return ofRefusal(refused, rollout);
  if (rollout.ordered && rollout.observed) return ofOlder(older, rollout);
  return late && ofDeadline(late, newest, rollout);
}

/** Returns what the first pod suffers from that is not ready, if it says so. */
export function causeOfPods(pods: readonly Pod[], source: Source): Found | undefined {
  for (const pod of notReady(pods)) {
    const found = ofScheduling(pod, source) ?? ofContainers(pod, source);
    if (found) return found;
  }
  return undefined;
}

function notReady(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => !pod.ready && !pod.leaving).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function ofScheduling(pod: Pod, { place }: Source): Found | undefined {
  const scheduled = findCondition(pod.conditions, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  // The scheduler counts nodes ("0/5 nodes are available: 3 Insufficient memory, …"); the numbers change all the time.
  const lacking = [
    ...new Set(
      Array.from(scheduled.message.matchAll(/Insufficient ([\w/-]+(?:\.[\w/-]+)*)/g), ([, what = '']) => what),
    ),
  ].toSorted();
  const message =
    lacking.length > 0
      ? `No machine of the cluster has enough left of \`${lacking.join(', ')}\`.`
      : `No machine of the cluster takes it: ${quote(unnumbered(scheduled.message))}.`;
  const advice = `It starts by itself as soon as there is room. Previews that nobody needs any more can go, or this one can ask for less in ${inPlace('resources', place)}.`;
  return { cause: plain('Unschedulable', message, advice), since: scheduled.changedAt, passing: 'itself' };
}

function ofContainers(pod: Pod, source: Source): Found | undefined {
  for (const container of pod.containers) {
    const cause = containerCause(container, pod, source);
    if (!cause) continue;
    // Where there are several, which one it is has to be said.
    const message = pod.containers.length > 1 ? `Container ${quote(container.name)}: ${cause.message}` : cause.message;
    const passing = cause.reason === 'ImageNotFound' ? 'itself' : ended.has(cause.reason) ? 'others' : 'none';
    return { cause: { ...cause, message }, since: notReadySince(pod), passing };
  }
  return undefined;
}

/** Programs that need one another stop until the other is there. */
const ended: ReadonlySet<CauseReason> = new Set(['Crashed', 'Exited']);

function ofRefusal(condition: Condition, { place }: Rollout): Found {
  // "pods "web-5d8f-x2x4l" is forbidden: …": the name is another one at each try.
  const detail = condition.message.replace(/^.*? is forbidden: /, '').replace(/^(Pod|pods?) "[^"]*" /, '');
  const since = condition.changedAt;
  if (/exceeded quota/i.test(detail)) {
    const advice = `Ask for less in ${inPlace('resources', place)}, or ask the administrators of the platform for more.`;
    const message = `The cluster gives it no more than its quota: ${quote(detail)}.`;
    return { cause: plain('QuotaExceeded', message, advice), since, passing: 'none' };
  }
  const advice = `The administrators of the platform know these rules; what the branch can change is its image and ${quote(place)}.`;
  const message = `The rules of the cluster do not allow it: ${quote(detail)}.`;
  return { cause: plain('PodRefused', message, advice), since, passing: 'none' };
}

/**
 * A StatefulSet makes its pods in order and waits for each to be ready, even for one of a template that has been replaced since
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback).
 */
function ofOlder(older: readonly Pod[], rollout: Rollout): Found | undefined {
  const found = causeOfPods(older, rollout);
  if (!found) return undefined;
  const message = `A pod of an earlier version does not get ready, and Kubernetes replaces it only then. ${found.cause.message}`;
  const advice = `Comment \`/preview stop\` and, once the preview is gone, \`/preview\`: it is then made anew, without its data. With ${inPlace('podManagementPolicy: Parallel', rollout.place)} Kubernetes does not wait.`;
  return { ...found, cause: { ...found.cause, reason: 'HeldByOld', message, advice } };
}

function ofDeadline(late: Condition, pods: readonly Pod[], rollout: Rollout): Found {
  const since = late.changedAt;
  const pod = notReady(pods).find((candidate) => candidate.running);
  const container = pod?.containers.find(({ init, ready }) => !init && !ready);
  if (!pod || !container) {
    const message = 'It did not get ready in the time allowed, and the cluster does not say why.';
    const advice = `Ask the administrators of the platform to look into the namespace \`${rollout.namespace}\`.`;
    return { cause: plain('Stalled', message, advice), since, passing: 'none' };
  }
  const several = pod.containers.length > 1 ? `Container ${quote(container.name)}: ` : '';
  const { message, advice } = doesNotAnswer(
    rollout,
    rollout.containers.find(({ name }) => name === container.name),
  );
  const logsOf = { namespace: pod.namespace, name: pod.name, container: container.name, previous: false };
  const cause = { reason: 'NotReady', message: several + message, problems: [], advice, logsOf } as const;
  return { cause, since, passing: 'none' };
}

function doesNotAnswer(rollout: Rollout, container: ContainerSpec | undefined): Pick<Cause, 'message' | 'advice'> {
  const { port = '', path = '', probe = 'other' } = container ?? {};
  const on = port === '' ? 'its port' : `port ${port}`;
  if (probe !== 'http' && probe !== 'tcp') {
    return {
      message: 'The program runs, but it does not say that it is ready.',
      advice: `See what its \`readinessProbe\` in ${quote(rollout.place)} asks for.`,
    };
  }
  const message =
    probe === 'tcp'
      ? `The program runs, but nothing takes connections on ${on}.`
      : `The program runs, but ${quote(`GET ${path}`)} on ${on} does not answer with success.`;
  const listens = `See that it listens on ${on} of every address (\`0.0.0.0\`, not \`localhost\`), and that`;
  const fields = probe === 'tcp' ? '`service.port`' : '`service.port` and `readiness.path`';
  const says = isTemplated(rollout)
    ? `${fields} in ${quote(rollout.place)} ${probe === 'tcp' ? 'says' : 'say'}`
    : `the \`readinessProbe\` in ${quote(rollout.place)} says`;
  return { message, advice: `${listens} ${says} the same.` };
}

function plain(reason: CauseReason, message: string, advice: string): Cause {
  return { reason, message, problems: [], advice, logsOf: undefined };
}

function notReadySince(pod: Pod): string {
  const ready = findCondition(pod.conditions, 'Ready');
  return ready?.status === 'False' && ready.changedAt > pod.created ? ready.changedAt : pod.created;
}
