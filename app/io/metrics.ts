import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Queue } from '../core/queue.ts';
import type { OpenDoors } from './door/doors.ts';

/** What is counted, for Prometheus. */
export type Metrics = ReturnType<typeof openMetrics>;

/** What is read when somebody asks for the metrics. */
export type MetricsRead = {
  readonly queues: () => Readonly<Record<string, Queue>>;
  readonly stalenessSeconds: () => number;
  readonly teardownPausedSeconds: () => number;
  readonly records: () => number;
  readonly charts: () => Readonly<Record<'started' | 'kept' | 'filledIn', number>>;
  /** Undefined in a process that does not work. */
  readonly doors: () => ReturnType<OpenDoors['counts']> | undefined;
};

/** Returns the process's metrics; gauges are read when they are asked for. */
export function openMetrics(read: MetricsRead) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const deliveries = new Counter({ name: 'avant_webhook_deliveries_total', help: 'Webhook deliveries taken, by event', labelNames: ['event'], registers });
  const runs = new Histogram({
    name: 'avant_work_seconds',
    help: 'Time of one run of a piece of work, by kind and outcome',
    labelNames: ['kind', 'outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  new Gauge({
    name: 'avant_queue_entries',
    help: 'Entries of a queue, by state',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      for (const [queue, { counts }] of Object.entries(read.queues())) {
        for (const [state, value] of Object.entries(await counts())) this.set({ queue, state }, value);
      }
    },
  });
  new Gauge({
    name: 'avant_watch_staleness_seconds',
    help: 'Seconds since the quietest watch of a cluster was heard from',
    registers,
    collect() {
      this.set(read.stalenessSeconds());
    },
  });
  new Gauge({
    name: 'avant_teardown_paused_seconds',
    help: 'Seconds until this process takes previews away again, after too many would have gone at once; 0 when it does',
    registers,
    collect() {
      this.set(read.teardownPausedSeconds());
    },
  });
  new Gauge({
    name: 'avant_records',
    help: 'Pull requests that Avant keeps a record of',
    registers,
    collect() {
      this.set(read.records());
    },
  });
  new Gauge({
    name: 'avant_chart_answers',
    help: 'How charts were answered since the start: by starting helm, from what was kept, or by filling the commit in',
    labelNames: ['how'],
    registers,
    collect() {
      for (const [how, count] of Object.entries(read.charts())) this.set({ how }, count);
    },
  });
  new Counter({
    name: 'avant_door_answers_total',
    help: 'Answers to questions whether a preview answers through the door, by who answered: the app, the door, another preview, none',
    labelNames: ['by'],
    registers,
    collect() {
      this.reset();
      for (const [by, count] of Object.entries(read.doors()?.asked ?? {})) this.inc({ by }, count);
    },
  });
  new Gauge({
    name: 'avant_door_questions',
    help: 'Hosts of previews that are asked again and again until they answer',
    registers,
    collect() {
      this.set(read.doors()?.open ?? 0);
    },
  });
  return { registry, deliveries, runs };
}
