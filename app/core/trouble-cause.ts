import type { Cause } from './cause.ts';
import { quote } from './outside-text.ts';
import type { Trouble } from './record.ts';
import type { ContainerStatus, Pod } from './status.ts';

/** Returns the cause that a try to move the preview met. */
export function causeOfTrouble(
  trouble: Pick<Trouble, 'reason' | 'message' | 'problems' | 'job'>,
  pods: readonly Pod[] = [],
): Cause {
  const { reason, problems = [], job } = trouble;
  // What cannot be rendered without anybody telling why may be ours: it is then nothing to correct.
  const ours = reason === 'RenderFailed' && problems.length === 0;
  const advice = troubleAdvice[ours ? 'ApplyFailed' : reason];
  return { reason, message: messageOf(trouble), problems, advice, logsOf: job && logsOfJob(job, pods) };
}

function messageOf({ reason, message, problems = [], job }: Parameters<typeof causeOfTrouble>[0]): string {
  const { length: count } = problems;
  if (reason === 'Refused' && count > 0)
    return count > 1 ? `These ${count} things are not allowed in a preview:` : 'This is not allowed in a preview:';
  if (reason === 'RenderFailed' && count > 0)
    return count > 1 ? `These ${count} problems keep it from being rendered:` : 'This keeps it from being rendered:';
  return job ? message.replace(job.name, quote(titleOfJob(job.name))) : message;
}

/**
 * Returns what people call a hook's Job. It cannot be changed, so each commit has its own: `setup-<name>-<hash>`, and one of a chart
 * `<name>-<hash>`.
 */
export function titleOfJob(name: string): string {
  return name.replace(/^(setup|teardown)-(?=.+-[0-9a-f]{8}$)/, '').replace(/-[0-9a-f]{8}$/, '');
}

/** Returns where the last try of a Job has said what it had to say; undefined when its pod is gone. */
export function logsOfJob(job: NonNullable<Trouble['job']>, pods: readonly Pod[]): Cause['logsOf'] {
  const tries = pods.filter((pod) => pod.namespace === job.namespace && pod.job === job.name);
  const last = tries.toSorted((a, b) => (`${a.created} ${a.name}` < `${b.created} ${b.name}` ? -1 : 1)).at(-1);
  const failed = ({ terminated, lastTerminated }: ContainerStatus): boolean =>
    ((terminated ?? lastTerminated)?.exitCode ?? 0) !== 0;
  const container = last?.containers.find(failed) ?? last?.containers.at(-1);
  if (!last || !container) return undefined;
  const previous = container.terminated === undefined && container.lastTerminated !== undefined;
  return { namespace: last.namespace, name: last.name, container: container.name, previous };
}

const troubleAdvice: Readonly<Record<Trouble['reason'], string>> = {
  NameHeld: 'An administrator of the platform can give this repository another name.',
  NamespaceTerminating: 'Nothing. The preview starts as soon as the earlier one is gone.',
  ApplyFailed:
    'If this names something from `.cloud/`, correct it and push. Otherwise it is for the administrators of the platform. It is tried again by itself.',
  RemoveFailed: 'It is tried again by itself. If it stays so, tell the administrators of the platform.',
  TeardownPaused: 'Nothing. It is tried again by itself.',
  RenderFailed: 'Correct this in `.cloud/` and push.',
  Refused:
    'Change this in `.cloud/` and push. What a preview may have is set by the administrators of the platform: ask them where the project needs more.',
  ImageMissing:
    'If its build is still running, there is nothing to do: the registry is asked again every few minutes. Otherwise see that the build pushes exactly this name and tag, and that `.cloud/` says the same.',
  SecretMissing: 'This is for the administrators of the platform. The preview starts once it is there.',
  SetupFailed: 'What the Job prints mostly says why. Correct it and push, or comment `/preview restart` to run it again.',
  TeardownFailed: 'The preview goes nevertheless. What the Job should have cleaned up elsewhere is still there.',
};
