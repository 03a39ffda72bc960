import { projectConfigPath } from './facts.ts';
import { imageCause } from './image-cause.ts';
import { quote, unnumbered, unwrapped } from './outside-text.ts';
import type { Trouble } from './record.ts';
import {
  findCondition,
  type Condition,
  type ContainerStatus,
  type Pod,
  type Rollout,
  type Terminated,
} from './status.ts';

export type CauseReason =
  | Trouble['reason']
  | 'ImageNotFound'
  | 'ImageDenied'
  | 'ImagePullFailed'
  | 'ImageNameInvalid'
  | 'ImageAbsent'
  | 'SettingMissing'
  | 'CannotStart'
  | 'Crashed'
  | 'Exited'
  | 'OutOfMemory'
  | 'Unschedulable'
  | 'QuotaExceeded'
  | 'PodRefused'
  | 'NotReady'
  | 'Stalled';

/** Why a preview is not as it should be, for the developer who reads it. */
export type Cause = {
  readonly reason: CauseReason;
  /**
   * What happened, in sentences. Parts between backticks come from outside, and the rest may: it is escaped where it is shown.
   * Never a counter, a pod's name or a back-off time: those change while nothing does, and each change would be a write.
   */
  readonly message: string;
  /** What to do, in our own words, with the same backticks. */
  readonly advice: string;
  /** The container whose last lines say more. */
  readonly logsOf:
    | { readonly namespace: string; readonly name: string; readonly container: string; readonly previous: boolean }
    | undefined;
};

/** A cause, and since when (ISO 8601, empty when unknown). `passing`: it may pass by itself, so it is no failure before the rollout's deadline. */
export type Found = { readonly cause: Cause; readonly since: string; readonly passing: boolean };

/**
 * Returns why a rollout does not get on, or undefined when nothing says so. `pods` are those of its newest template.
 * Without a clock: how long is too long is the Deployment's progress deadline, which Kubernetes keeps.
 */
export function findCause(rollout: Rollout, pods: readonly Pod[]): Found | undefined {
  const conditions = rollout.observed ? rollout.conditions : [];
  const progress = findCondition(conditions, 'Progressing');
  const late = progress?.reason === 'ProgressDeadlineExceeded' ? progress : undefined;
  const waiting = pods.filter((pod) => !pod.ready && !pod.leaving).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const pod of waiting) {
    const found = ofScheduling(pod) ?? ofContainers(pod, rollout);
    if (found) return late ? { ...found, passing: false } : found;
  }
  const refused = findCondition(conditions, 'ReplicaFailure');
  if (refused?.status === 'True') return ofRefusal(refused);
  return late && ofDeadline(late, waiting, rollout);
}

/** Returns the cause that a try to move the preview met. */
export function causeOfTrouble(trouble: Pick<Trouble, 'reason' | 'message'>): Cause {
  return plain(trouble.reason, trouble.message, troubleAdvice[trouble.reason]);
}

const troubleAdvice: Readonly<Record<Trouble['reason'], string>> = {
  NameHeld: 'An administrator of the platform can give this repository another name.',
  NamespaceTerminating: 'Nothing. The preview starts as soon as the earlier one is gone.',
  ApplyFailed: `If this names something from \`${projectConfigPath}\`, correct it and push. Otherwise it is for the administrators of the platform. It is tried again by itself.`,
  RemoveFailed: 'It is tried again by itself. If it stays so, tell the administrators of the platform.',
  TeardownPaused: 'Nothing. It is tried again by itself.',
};

function ofScheduling(pod: Pod): Found | undefined {
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
  const advice = `It starts by itself as soon as there is room. Previews that nobody needs any more can go, or this one can ask for less in \`resources\` in \`${projectConfigPath}\`.`;
  return { cause: plain('Unschedulable', message, advice), since: scheduled.changedAt, passing: true };
}

function ofContainers(pod: Pod, rollout: Rollout): Found | undefined {
  for (const container of pod.containers) {
    const image = imageCause(container);
    const cause = image ? { ...image, logsOf: undefined } : (ofStart(container) ?? ofEnd(pod, container, rollout));
    if (cause) return { cause, since: notReadySince(pod), passing: cause.reason === 'ImageNotFound' };
  }
  return undefined;
}

function ofStart({ waiting, terminated, lastTerminated }: ContainerStatus): Cause | undefined {
  if (waiting?.reason === 'CreateContainerConfigError') {
    // The kubelet adds the pod's name and uid in brackets.
    const detail = waiting.message.replace(/\s*\(pod: .*$/, '');
    const advice = /non-?root/i.test(detail)
      ? 'Let the image run as a user with a number, such as `USER 1000` in its Dockerfile.'
      : 'It needs something that is not in the namespace. Look for its name in what the branch asks for, or ask the administrators of the platform.';
    return plain('SettingMissing', `The container cannot be set up: ${quote(detail)}.`, advice);
  }
  const failed = [waiting, terminated, lastTerminated].find(
    (state) => state !== undefined && cannotStart.has(state.reason),
  );
  if (!failed) return undefined;
  return plain(
    'CannotStart',
    `The container cannot be started: ${quote(unwrapped(failed.message))}.`,
    'Mostly the command is not in the image, or may not be executed: see `ENTRYPOINT` and `CMD` in the Dockerfile.',
  );
}

const cannotStart: ReadonlySet<string> = new Set([
  'CreateContainerError',
  'RunContainerError',
  'StartError',
  'ContainerCannotRun',
]);

/** Decides on what has ended, not on CrashLoopBackOff: that reason is shown only at times (seen on Kubernetes 1.36). */
function ofEnd(pod: Pod, container: ContainerStatus, rollout: Rollout): Cause | undefined {
  const { restarts, terminated, lastTerminated } = container;
  const end = terminated ?? lastTerminated;
  if (end?.reason === 'OOMKilled') return outOfMemory(pod, container, rollout);
  // An init container that ended well is done.
  if (!end || (restarts === 0 && end.exitCode === 0) || (restarts === 0 && end.reason === 'Completed'))
    return undefined;
  const logsOf = logs(pod, container);
  if (end.exitCode === 0) {
    const port = rollout.container.port === '' ? '' : ` on port ${rollout.container.port}`;
    return {
      reason: 'Exited',
      message: 'The program ends by itself, without an error, each time it is started.',
      advice: `A preview needs a program that keeps running and takes requests${port}.`,
      logsOf,
    };
  }
  return { reason: 'Crashed', message: `The program stops ${howItEnded(end)}.`, advice: crashAdvice(end), logsOf };
}

function howItEnded({ exitCode }: Terminated): string {
  // A shell and the container runtime write 128 + n for signal n.
  const signal = signals[exitCode - 128];
  return signal === undefined ? `with exit code ${exitCode}` : `by the signal ${signal} (exit code ${exitCode})`;
}

const signals: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

function crashAdvice({ exitCode }: Terminated): string {
  if (exitCode === 126 || exitCode === 127)
    return 'The command is not in the image, or may not be executed: see `ENTRYPOINT` and `CMD` in the Dockerfile.';
  return `What it prints at its start mostly says why. A missing variable is common: \`env\` in \`${projectConfigPath}\` sets them.`;
}

function outOfMemory(pod: Pod, container: ContainerStatus, { container: { memory } }: Rollout): Cause {
  return {
    reason: 'OutOfMemory',
    message: `The program was stopped because it used more memory than it may${memory === '' ? '' : ` (${memory})`}.`,
    advice: `Let it use less, or raise \`memory\` under \`resources\` in \`${projectConfigPath}\`.`,
    logsOf: logs(pod, container),
  };
}

function ofRefusal(condition: Condition): Found {
  // "pods "web-5d8f-x2x4l" is forbidden: …": the name is another one at each try.
  const detail = condition.message.replace(/^.*? is forbidden: /, '').replace(/^(Pod|pods?) "[^"]*" /, '');
  const since = condition.changedAt;
  if (/exceeded quota/i.test(detail)) {
    const advice = `Ask for less in \`resources\` in \`${projectConfigPath}\`, or ask the administrators of the platform for more.`;
    return {
      cause: plain('QuotaExceeded', `The cluster gives it no more than its quota: ${quote(detail)}.`, advice),
      since,
      passing: false,
    };
  }
  const advice = `The administrators of the platform know these rules; what the branch can change is its image and \`${projectConfigPath}\`.`;
  return {
    cause: plain('PodRefused', `The rules of the cluster do not allow it: ${quote(detail)}.`, advice),
    since,
    passing: false,
  };
}

function ofDeadline(late: Condition, pods: readonly Pod[], rollout: Rollout): Found {
  const { port, path } = rollout.container;
  const pod = pods.find((candidate) => candidate.running);
  const container = pod?.containers.at(-1);
  const since = late.changedAt;
  if (!pod || !container) {
    const message = 'It did not get ready in the time allowed, and the cluster does not say why.';
    return {
      cause: plain(
        'Stalled',
        message,
        `Ask the administrators of the platform to look into the namespace \`${rollout.namespace}\`.`,
      ),
      since,
      passing: false,
    };
  }
  const on = port === '' ? 'its port' : `port ${port}`;
  const message =
    path === ''
      ? `The program runs, but nothing takes connections on ${on}.`
      : `The program runs, but ${quote(`GET ${path}`)} on ${on} does not answer with success.`;
  const advice = `See that it listens on ${on} of every address (\`0.0.0.0\`, not \`localhost\`), and that \`service.port\`${path === '' ? '' : ' and `readiness.path`'} in \`${projectConfigPath}\` ${path === '' ? 'says' : 'say'} the same.`;
  return { cause: { reason: 'NotReady', message, advice, logsOf: logs(pod, container) }, since, passing: false };
}

function plain(reason: CauseReason, message: string, advice: string): Cause {
  return { reason, message, advice, logsOf: undefined };
}

/** A container that has been started again keeps what its predecessor said under `previous`. */
function logs(pod: Pod, { name, terminated, lastTerminated }: ContainerStatus): Cause['logsOf'] {
  return {
    namespace: pod.namespace,
    name: pod.name,
    container: name,
    previous: terminated === undefined && lastTerminated !== undefined,
  };
}

function notReadySince(pod: Pod): string {
  const ready = findCondition(pod.conditions, 'Ready');
  return ready?.status === 'False' && ready.changedAt > pod.created ? ready.changedAt : pod.created;
}
