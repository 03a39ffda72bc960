import type { Platform } from '../config/platform.ts';
import type { Breaker } from '../core/breaker.ts';
import type { Claims, Clock, Cluster, Doors, GitHubReader, GitHubWriter, Log, Records, Registries, Renderer, TrafficSeen, WriteBudget } from '../core/ports.ts';
import type { RenderTemplate } from '../core/templates.ts';
import type { Work } from '../core/work.ts';
import type { Reads } from './reads.ts';

/** Everything that reconciling may touch; `compose.ts` puts it together, tests put fakes in. */
export type Deps = {
  /** The platform config in force; it may be another value at the next call. */
  readonly platform: () => Platform;
  readonly github: GitHubReader & GitHubWriter;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly records: Records;
  readonly claims: Claims;
  readonly render: RenderTemplate;
  readonly renderer: Renderer;
  readonly registries: Registries;
  readonly doors: Doors;
  readonly trafficSeen: TrafficSeen;
  readonly budget: WriteBudget;
  readonly reads: Reads;
  /** This process's breaker; a value in a box. */
  readonly breaker: { value: Breaker };
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for work in the same queues that webhooks ask. */
  readonly ask: (work: Work, hint?: { readonly changed?: boolean; readonly afterMs?: number }) => Promise<void>;
};
