import type { Dialect } from '../core/traffic/policy.ts';
import type { PlatformAccess } from './access.ts';
import type { PlatformTraffic } from './traffic.ts';

/** What a project may choose of the door, and the controller that has to be told. */
export type DoorContext = {
  readonly ingress: { readonly controller: Dialect };
  readonly traffic: PlatformTraffic;
  readonly access: PlatformAccess;
};

/**
 * What the project's configuration is read against: the platform's tenants, limits and door, the app's name, and the
 * folders in `.cloud/`.
 */
export type ProjectContext = {
  readonly tenants: readonly string[];
  readonly app: string;
  readonly charts: readonly string[];
  readonly manifests: boolean;
  readonly maxReplicas: number;
  readonly maxJobMs: number;
  /** What the project may choose of the door; undefined: all that there could be, as for a config that was valid once. */
  readonly door: DoorContext | undefined;
};
