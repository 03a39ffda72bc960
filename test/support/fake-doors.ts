import type { DoorAnswer } from '../../app/core/door.ts';
import type { DoorQuestion, Doors } from '../../app/core/ports.ts';

/** The doors of one process in a test's hands: nobody answers unless the test says so. */
export type FakeDoors = Doors & {
  /** Clusters that have a door; none unless a test adds them. */
  readonly clusters: Set<string>;
  /** Hosts that are asked now, in the order in which it began. */
  asking(): readonly string[];
  /** What a host is asked; fails where it is not asked. */
  question(host: string): DoorQuestion;
  /** A host that is asked answers so, and its pull request is hinted at. */
  answer(host: string, answer: DoorAnswer): void;
  /** How often asking began. */
  readonly begun: { readonly host: string; readonly version: string }[];
};

/** `onChange` is told the owner of a question that was answered. */
export function openFakeDoors(onChange: (owner: string) => void, clusters: Iterable<string> = []): FakeDoors {
  const entries = new Map<string, { readonly question: DoorQuestion; readonly owner: string; answer: DoorAnswer | undefined }>();
  const self: FakeDoors = {
    clusters: new Set(clusters),
    begun: [],
    has: (cluster) => self.clusters.has(cluster),
    answerOf: (question, owner) => {
      const known = entries.get(question.host);
      if (known?.question.version === question.version && known.question.settleMs === question.settleMs) return known.answer;
      entries.delete(question.host);
      entries.set(question.host, { question, owner, answer: undefined });
      self.begun.push({ host: question.host, version: question.version });
      return undefined;
    },
    forget: (owner, except) => {
      for (const [host, entry] of entries) if (entry.owner === owner && !except.includes(host)) entries.delete(host);
    },
    asking: () => [...entries.keys()],
    question: (host) => {
      const entry = entries.get(host);
      if (!entry) throw new Error(`${host} is not asked; ${[...entries.keys()].join(', ')}`);
      return entry.question;
    },
    answer: (host, answer) => {
      const entry = entries.get(self.question(host).host);
      if (!entry) return;
      entry.answer = answer;
      onChange(entry.owner);
    },
  };
  return self;
}
