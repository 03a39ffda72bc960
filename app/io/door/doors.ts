import type { DoorAnswer } from '../../core/door.ts';
import type { Clock, DoorQuestion, Doors } from '../../core/ports.ts';
import type { Doorways } from './doorways.ts';
import { openFairLine } from './fair-line.ts';
import { pauseMs } from './pause.ts';

export type DoorsOptions = {
  /** The clusters that have a door. */
  readonly clusters: readonly string[];
  readonly ask: Doorways['ask'];
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Called when what `answerOf` returns for one of the owner's questions has become another. */
  readonly onChange: (owner: string) => void;
  /** Whether the record still wants an answer: another worker may have had it, or the preview may be gone. */
  readonly isOpen: (question: DoorQuestion, owner: string) => boolean;
  /** Questions to one door at a time. */
  readonly atOnce: number;
  /** Runs something after so many milliseconds; returns how to call it off. */
  readonly after?: (ms: number, run: () => void) => () => void;
  /** At least 0, below 1. */
  readonly random?: () => number;
};

export type Outcome = DoorAnswer['kind'];

/** The doors of this process, and what can be counted of them. */
export type OpenDoors = Doors & {
  /** Questions that have no answer of the app yet, and answers since the start. */
  counts(): { readonly open: number; readonly asked: Readonly<Record<Outcome, number>> };
  close(): void;
};

/** Before so long nothing but the app's answer is told, and afterwards another answer no sooner than that, in milliseconds: each costs a write of the record, and maybe a comment. */
const [firstTellMs, nextTellMs] = [3_000, 10_000];
/** How long after its beginning a question is looked up in the record, before it is asked again; and how long an answer waits for somebody to take it before it is told again. */
const lookMs = 10_000;

type Entry = {
  readonly owner: string;
  readonly question: DoorQuestion;
  readonly startedMs: number;
  asked: number;
  told: DoorAnswer | undefined;
  toldMs: number;
  /** True once the app has answered with no error: it is not asked any more. */
  done: boolean;
  callOff: () => void;
};

/** Opens the asking: see `Doors`. Nothing is asked before the first question. */
export function openDoors(options: DoorsOptions): OpenDoors {
  const { clusters, ask, clock, onChange, isOpen, atOnce, after = afterMs, random = Math.random } = options;
  const entries = openEntries();
  const asked: Record<Outcome, number> = { app: 0, door: 0, other: 0, none: 0 };
  const lines = new Map(clusters.map((cluster) => [cluster, openFairLine(atOnce)]));

  function enqueue(entry: Entry): void {
    lines.get(entry.question.cluster)?.add(entry.owner, async () => {
      if (!entries.has(entry)) return;
      const askedMs = clock.monotonicMs();
      await ask(entry.question, (answer) => {
        asked[answer.kind] += 1;
        if (entries.has(entry)) heard(entry, askedMs - entry.startedMs < entry.question.settleMs && answer.kind === 'app' ? undefined : answer);
      });
    });
  }

  /** `answer` undefined: one that does not count. */
  function heard(entry: Entry, answer: DoorAnswer | undefined): void {
    entry.asked += 1;
    entry.done = answer?.kind === 'app' && answer.status < 500;
    const nowMs = clock.monotonicMs();
    if (answer && !same(entry.told, answer) && mayTell(entry, answer, nowMs)) {
      entry.told = answer;
      entry.toldMs = nowMs;
      onChange(entry.owner);
    }
    goOn(entry);
  }

  function goOn(entry: Entry): void {
    const ageMs = (): number => clock.monotonicMs() - entry.startedMs;
    const rest = entry.question.settleMs - ageMs();
    const pause = pauseMs(entry.asked, ageMs()) * (0.8 + 0.4 * random());
    // The first moment at which an answer counts is not slept through.
    const ms = entry.done ? lookMs : rest > 0 ? Math.min(pause, rest) : pause;
    entry.callOff = after(ms, () => {
      if ((entry.done || ageMs() >= lookMs) && !isOpen(entry.question, entry.owner)) entries.drop(entry);
      else if (entry.done) {
        // Nobody took the answer: the hint was lost, or a worker had it that cannot reach the door.
        onChange(entry.owner);
        goOn(entry);
      } else enqueue(entry);
    });
  }

  return {
    has: (cluster) => lines.has(cluster),
    answerOf: (question, owner) => {
      if (!lines.has(question.cluster)) return undefined;
      const known = entries.find(question, owner);
      if (known && sameQuestion(known.question, question)) return known.told;
      if (known) entries.drop(known);
      const entry = { owner, question, startedMs: clock.monotonicMs(), asked: 0, told: undefined, toldMs: 0, done: false, callOff: () => undefined };
      entries.add(entry);
      enqueue(entry);
      return undefined;
    },
    forget: (owner, except) => {
      for (const entry of entries.of(owner)) if (!except.includes(entry.question.host)) entries.drop(entry);
    },
    counts: () => ({ open: entries.all().filter(({ done }) => !done).length, asked: { ...asked } }),
    close: () => {
      for (const entry of entries.all()) entries.drop(entry);
      lines.clear();
    },
  };
}

type Entries = {
  find(question: DoorQuestion, owner: string): Entry | undefined;
  /** False for one that was dropped. */
  has(entry: Entry): boolean;
  add(entry: Entry): void;
  drop(entry: Entry): void;
  of(owner: string): readonly Entry[];
  all(): readonly Entry[];
};

function openEntries(): Entries {
  const owners = new Map<string, Map<string, Entry>>();
  const idOf = ({ cluster, host }: DoorQuestion): string => `${cluster} ${host}`;
  const find: Entries['find'] = (question, owner) => owners.get(owner)?.get(idOf(question));
  const has: Entries['has'] = (entry) => find(entry.question, entry.owner) === entry;
  return {
    find,
    has,
    add: (entry) => {
      const own = owners.get(entry.owner) ?? new Map<string, Entry>();
      owners.set(entry.owner, own.set(idOf(entry.question), entry));
    },
    drop: (entry) => {
      entry.callOff();
      const own = owners.get(entry.owner);
      if (!own || !has(entry)) return;
      own.delete(idOf(entry.question));
      if (own.size === 0) owners.delete(entry.owner);
    },
    of: (owner) => [...(owners.get(owner)?.values() ?? [])],
    all: () => [...owners.values()].flatMap((own) => [...own.values()]),
  };
}

/** What the app answers is told at once; the rest only once it has lasted, and not again and again where doors disagree. */
function mayTell({ startedMs, told, toldMs }: Entry, answer: DoorAnswer, nowMs: number): boolean {
  if (answer.kind === 'app' && (told?.kind !== 'app' || answer.status < 500)) return true;
  return nowMs - (told === undefined ? startedMs : toldMs) >= (told === undefined ? firstTellMs : nextTellMs);
}

function same(a: DoorAnswer | undefined, b: DoorAnswer): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sameQuestion(a: DoorQuestion, b: DoorQuestion): boolean {
  return a.version === b.version && a.path === b.path && a.marker === b.marker && a.settleMs === b.settleMs;
}

function afterMs(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => {
    clearTimeout(timer);
  };
}
