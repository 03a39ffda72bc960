import type { Cause, Source } from './cause.ts';
import { imageCause } from './image-cause.ts';
import { inPlace, quote, unwrapped } from './outside-text.ts';
import type { ContainerStatus, Pod, Terminated } from './status.ts';
import { isTemplated, type ContainerSpec } from './workloads.ts';

/** Returns why a container does not run, if it says so. */
export function containerCause(container: ContainerStatus, pod: Pod, source: Source): Cause | undefined {
  const image = imageCause(container, source.place);
  if (image) return { ...image, problems: [], logsOf: undefined };
  return ofStart(container) ?? ofEnd(container, pod, source);
}

function ofStart({ waiting, terminated, lastTerminated }: ContainerStatus): Cause | undefined {
  if (waiting?.reason === 'CreateContainerConfigError') {
    // The kubelet adds the pod's name and uid in brackets.
    const detail = waiting.message.replace(/\s*\(pod: .*$/, '');
    const advice = /non-?root/i.test(detail)
      ? 'Let the image run as a user with a number, such as `USER 1000` in its Dockerfile.'
      : 'It needs something that is not in the namespace. Look for its name in what the branch asks for, or ask the administrators of the platform.';
    return told('SettingMissing', `The container cannot be set up: ${quote(detail)}.`, advice);
  }
  const failed = [waiting, terminated, lastTerminated].find(
    (state) => state !== undefined && cannotStart.has(state.reason),
  );
  if (!failed) return undefined;
  return told(
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
function ofEnd(container: ContainerStatus, pod: Pod, source: Source): Cause | undefined {
  const { init, restarts, terminated, lastTerminated } = container;
  const end = terminated ?? lastTerminated;
  // An init container that ended well is done, however often it was tried.
  if (!end || (init && terminated?.exitCode === 0)) return undefined;
  const spec = source.containers.find(({ name }) => name === container.name);
  const logsOf = logs(pod, container);
  if (end.reason === 'OOMKilled') return { ...outOfMemory(spec, source), logsOf };
  if (restarts === 0 && end.exitCode === 0) return undefined;
  if (end.exitCode === 0) {
    const port = spec === undefined || spec.port === '' ? '' : ` on port ${spec.port}`;
    return {
      ...told(
        'Exited',
        'The program ends by itself, without an error, each time it is started.',
        `A preview needs a program that keeps running and takes requests${port}.`,
      ),
      logsOf,
    };
  }
  return { ...told('Crashed', `The program stops ${howItEnded(end)}.`, crashAdvice(end, source)), logsOf };
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

function crashAdvice({ exitCode }: Terminated, source: Source): string {
  if (exitCode === 126 || exitCode === 127)
    return 'The command is not in the image, or may not be executed: see `ENTRYPOINT` and `CMD` in the Dockerfile.';
  const missing = isTemplated(source)
    ? `${inPlace('env', source.place)} sets them`
    : `look for \`env\` in ${quote(source.place)}`;
  return `What it prints at its start mostly says why. A missing variable is common: ${missing}.`;
}

function outOfMemory(spec: ContainerSpec | undefined, { place }: Source): Cause {
  const limit = spec === undefined || spec.memory === '' ? '' : ` (${spec.memory})`;
  return told(
    'OutOfMemory',
    `The program was stopped because it used more memory than it may${limit}.`,
    `Let it use less, or raise \`memory\` under ${inPlace('resources', place)}.`,
  );
}

function told(reason: Cause['reason'], message: string, advice: string): Cause {
  return { reason, message, problems: [], advice, logsOf: undefined };
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
