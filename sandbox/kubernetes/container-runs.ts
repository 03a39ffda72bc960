import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Container, type Image, imageNameProblem } from './containers.ts';
import type { KubeletOptions } from './kubelet.ts';
import { type ContainerSpec, type Pod, type Terminated, timestamp } from './objects.ts';
import { type ContainerRecord, newRecord } from './pod-status.ts';

/** One container of a pod: what is reported of it, and what it runs or ran. */
export type ContainerRun = {
  readonly spec: ContainerSpec;
  readonly record: ContainerRecord;
  now?: Container;
  before?: Container;
};

type Place = {
  readonly pod: Pod;
  readonly spec: ContainerSpec;
  readonly report: () => void;
  readonly signal: AbortSignal;
};

/** Runs a container until the signal aborts: pulls its image, starts it, probes it, starts it again when it exits. */
export async function runContainer(options: KubeletOptions, place: Place, runs: ContainerRun[]): Promise<void> {
  const run: ContainerRun = { spec: place.spec, record: newRecord(place.spec) };
  runs.push(run);
  place.report();
  await sleep(options.stepMs, undefined, { signal: place.signal });
  const image = await pulled(options, place, run);
  for (let starts = 0; ; starts += 1) {
    run.record.restartCount = starts;
    const exit = await lifeOf(options, place, run, image);
    run.record.ready = false;
    run.record.state = { terminated: exit };
    place.report();
    await sleep(options.stepMs, undefined, { signal: place.signal });
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
  { pod, spec, report, signal }: Place,
  run: ContainerRun,
  exit: Terminated,
): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata;
  const message = `back-off 10s restarting failed container=${spec.name} pod=${name}_${namespace}(${uid})`;
  run.record.state = { waiting: { reason: 'CrashLoopBackOff', message } };
  becomePrevious(run, exit);
  report();
  await sleep(backOffMs, undefined, { signal, ref: false });
}

/** Returns the image, however often it takes; meanwhile the status says why not. */
async function pulled(
  { pull, backOffMs }: KubeletOptions,
  { spec, report, signal }: Place,
  { record }: ContainerRun,
): Promise<Image> {
  const wait = async (reason: string, message: string): Promise<void> => {
    record.state = { waiting: { reason, message } };
    report();
    await sleep(backOffMs, undefined, { signal, ref: false });
  };
  for (;;) {
    const problem = imageNameProblem(spec.image);
    if (problem !== undefined) {
      await wait('InvalidImageName', problem);
      continue;
    }
    const found = await pull(spec.image).catch((error: unknown) => String(error));
    if (typeof found === 'object') return found;
    const detail = found ?? `${spec.image}: not found`;
    const message = `failed to pull and unpack image "${spec.image}": failed to resolve reference "${spec.image}": ${detail}`;
    await wait('ErrImagePull', message);
    await wait('ImagePullBackOff', `Back-off pulling image "${spec.image}": ErrImagePull: ${message}`);
  }
}

/** Starts the container; returns how it ended, or never when it serves until the signal aborts. */
async function lifeOf(options: KubeletOptions, place: Place, run: ContainerRun, image: Image): Promise<Terminated> {
  const { record } = run;
  const { spec, report, signal } = place;
  const env = expandEnv(spec.env ?? []);
  const startedAt = timestamp();
  const containerID = `sandbox://${randomBytes(32).toString('hex')}`;
  run.now = image.start(env);
  record.containerID = containerID;
  record.state = { running: { startedAt } };
  // Without a probe a container counts as ready while it runs, even one that is about to crash.
  record.ready = spec.readinessProbe === undefined;
  report();
  if ('serve' in run.now) return await probeForever(options, place, run);
  await sleep(options.stepMs, undefined, { signal });
  const { code, reason } = run.now.exit;
  return {
    exitCode: code,
    reason: reason ?? (code === 0 ? 'Completed' : 'Error'),
    startedAt,
    finishedAt: timestamp(),
    containerID,
  };
}

async function probeForever(
  { prober, secondMs }: KubeletOptions,
  { spec, report, signal }: Place,
  { record, now }: ContainerRun,
): Promise<never> {
  const probe = spec.readinessProbe;
  const periodMs = (probe?.periodSeconds ?? 10) * secondMs;
  let failures = 0;
  for (;;) {
    const answers = now !== undefined && 'serve' in now && (await prober.isReady(now, probe));
    failures = answers ? 0 : failures + 1;
    // One good answer makes it ready, a row of bad ones takes that back.
    if (answers) record.ready = true;
    else if (failures >= (probe?.failureThreshold ?? 3)) record.ready = false;
    report();
    await sleep(periodMs, undefined, { signal, ref: false });
  }
}

/** Reads values as the kubelet does: `$(NAME)` is a variable named earlier, `$$` a `$`, anything else stays (third_party/forked/golang/expansion). */
function expandEnv(variables: readonly { name: string; value?: string }[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, value = '' } of variables) {
    env[name] = value.replaceAll(/\$\$|\$\(([^()]*)\)/g, (whole, earlier: string | undefined) => (earlier === undefined ? '$' : (env[earlier] ?? whole)));
  }
  return env;
}
