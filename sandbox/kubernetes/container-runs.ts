import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Container, type Image, imageNameProblem, type Surroundings } from './containers.ts';
import type { KubeletOptions } from './kubelet-options.ts';
import { timestamp } from './objects.ts';
import { environmentOf, expand, fileAt, loginsOf, MissingSource } from './pod-sources.ts';
import { type ContainerRecord, newRecord } from './pod-status.ts';
import type { ContainerSpec, Pod, Terminated } from './pods.ts';

/** One container of a pod: what is reported of it, and what it runs or ran. */
export type ContainerRun = {
  readonly spec: ContainerSpec;
  readonly record: ContainerRecord;
  /** Whether it has to end before the others begin. */
  readonly isFirst: boolean;
  now?: Container;
  before?: Container;
};

/** Where a container runs. */
export type Place = {
  readonly pod: Pod;
  readonly ip: string;
  readonly report: () => void;
  readonly signal: AbortSignal;
};

/** Returns the run of a container that is still to be made. */
export function newRun(spec: ContainerSpec, isFirst: boolean, reason: string): ContainerRun {
  return { spec, record: newRecord(spec, reason), isFirst };
}

/**
 * Runs a container until it has ended for good, or the signal aborts: pulls its image, starts it, probes it, and starts it again
 * when it exits and `again` says so.
 */
export async function runContainer(
  options: KubeletOptions,
  place: Place,
  run: ContainerRun,
  again: (code: number) => boolean,
): Promise<Terminated> {
  const { report, signal } = place;
  await sleep(options.stepMs, undefined, { signal });
  const image = await pulled(options, place, run);
  for (let starts = 0; ; starts += 1) {
    const env = await environment(options, place, run);
    run.record.restartCount = starts;
    const exit = await lifeOf(options, place, run, () => image.start(env, around(options, place, run.spec, env)));
    run.record.ready = run.isFirst && exit.exitCode === 0;
    run.record.state = { terminated: exit };
    run.record.over = !again(exit.exitCode);
    report();
    if (run.record.over) return exit;
    await sleep(options.stepMs, undefined, { signal });
    // The kubelet starts it again at once the first time, later after a pause.
    if (starts > 0) await backOff(options, place, run, exit);
    else becomePrevious(run, exit);
  }
}

/** From here on, "the previous container" is the one that just ended. */
function becomePrevious(run: ContainerRun, exit: Terminated): void {
  run.record.lastState = { terminated: exit };
  if (run.now !== undefined) run.before = run.now;
}

async function backOff(
  { backOffMs }: KubeletOptions,
  { pod, report, signal }: Place,
  run: ContainerRun,
  exit: Terminated,
): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata;
  const message = `back-off 10s restarting failed container=${run.spec.name} pod=${name}_${namespace}(${uid})`;
  run.record.state = { waiting: { reason: 'CrashLoopBackOff', message } };
  becomePrevious(run, exit);
  report();
  await sleep(backOffMs, undefined, { signal, ref: false });
}

/** Says why the container waits, and waits as long as the kubelet does before it tries again. */
async function wait(
  { backOffMs }: KubeletOptions,
  { report, signal }: Place,
  { record }: ContainerRun,
  waiting: { reason: string; message: string },
): Promise<void> {
  record.state = { waiting };
  report();
  await sleep(backOffMs, undefined, { signal, ref: false });
}

/** Returns the image, however often it takes; meanwhile the status says why not. */
async function pulled(options: KubeletOptions, place: Place, run: ContainerRun): Promise<Image> {
  const { image } = run.spec;
  for (;;) {
    const problem = imageNameProblem(image);
    if (problem !== undefined) {
      await wait(options, place, run, { reason: 'InvalidImageName', message: problem });
      continue;
    }
    const logins = loginsOf(options.store, place.pod);
    const found = await options.pull(image, logins).catch((error: unknown) => String(error));
    if (typeof found === 'object') return found;
    const detail = found ?? `${image}: not found`;
    const message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${detail}`;
    await wait(options, place, run, { reason: 'ErrImagePull', message });
    const backingOff = `Back-off pulling image "${image}": ErrImagePull: ${message}`;
    await wait(options, place, run, { reason: 'ImagePullBackOff', message: backingOff });
  }
}

/** Returns the container's environment once all that it is made of is there; meanwhile the status says what is missing. */
async function environment(options: KubeletOptions, place: Place, run: ContainerRun): Promise<Record<string, string>> {
  for (;;) {
    try {
      return environmentOf(options.store, place.pod, run.spec, place.ip);
    } catch (error) {
      if (!(error instanceof MissingSource)) throw error;
      await wait(options, place, run, { reason: 'CreateContainerConfigError', message: error.message });
    }
  }
}

function around(
  { store }: KubeletOptions,
  { pod }: Place,
  spec: ContainerSpec,
  env: Readonly<Record<string, string>>,
): Surroundings {
  return {
    command: spec.command?.map((part) => expand(part, env)),
    args: spec.args?.map((part) => expand(part, env)),
    file: (path) => fileAt(store, pod, spec, path),
  };
}

/** Starts the container; returns how it ended, or never when it serves until the signal aborts. */
async function lifeOf(
  options: KubeletOptions,
  place: Place,
  run: ContainerRun,
  start: () => Container,
): Promise<Terminated> {
  const { record, spec } = run;
  const { report, signal } = place;
  const startedAt = timestamp();
  const containerID = `sandbox://${randomBytes(32).toString('hex')}`;
  const container = start();
  run.now = container;
  record.containerID = containerID;
  record.state = { running: { startedAt } };
  // Without a probe a container counts as ready while it runs, even one that is about to crash.
  record.ready = (!run.isFirst || spec.restartPolicy === 'Always') && spec.readinessProbe === undefined;
  report();
  if ('serve' in container) return await probeForever(options, place, run);
  await sleep(options.stepMs, undefined, { signal });
  const { code, reason } = await unlessAborted(Promise.resolve(container.exit), signal);
  return {
    exitCode: code,
    reason: reason ?? (code === 0 ? 'Completed' : 'Error'),
    startedAt,
    finishedAt: timestamp(),
    containerID,
  };
}

/** Returns what the work returns; throws the signal's reason when that comes first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function probeForever(
  { prober, secondMs }: KubeletOptions,
  { report, signal }: Place,
  { record, now, spec, isFirst }: ContainerRun,
): Promise<never> {
  const probe = spec.readinessProbe;
  const periodMs = (probe?.periodSeconds ?? 10) * secondMs;
  let failures = 0;
  for (;;) {
    const answers = now !== undefined && 'serve' in now && (await prober.isReady(now, probe));
    failures = answers ? 0 : failures + 1;
    // One good answer makes it ready, a row of bad ones takes that back. What has to end first is never ready before.
    if (answers) record.ready = !isFirst || spec.restartPolicy === 'Always';
    else if (failures >= (probe?.failureThreshold ?? 3)) record.ready = false;
    report();
    await sleep(periodMs, undefined, { signal, ref: false });
  }
}
