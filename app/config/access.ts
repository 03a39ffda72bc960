import { ownOf } from '../core/json.ts';
import type { Access } from '../core/traffic/policy.ts';
import type { RawAccess } from './access-schema.ts';
import { everybody } from './access-texts.ts';
import { canonicalCidr } from './cidr.ts';

/** Who may look at previews, as the platform says. */
export type PlatformAccess = {
  /** By name; `open` is always there. */
  readonly ways: Readonly<Record<string, Access>>;
  /** The way of projects that choose none. */
  readonly default: string;
  /** What projects may choose; the default is one of them. */
  readonly choices: readonly string[];
};

/** An address that no request comes from: so that nobody is let in. */
const nobody: Access = { kind: 'addresses', addresses: ['0.0.0.0/32'] };

/** Returns what `access` of the platform says; `namespace` is that of its Secrets. */
export function accessOf(raw: RawAccess, namespace: string): PlatformAccess {
  const given = Object.entries(raw.ways ?? {}).map(([name, way]) => [name, wayOf(way, namespace)] as const);
  const ways: PlatformAccess['ways'] = { [everybody]: { kind: 'open' }, ...Object.fromEntries(given) };
  // What is stricter than everybody needs no leave.
  const choices = raw.choices ?? (raw.default === everybody ? Object.keys(ways) : []);
  return { ways, default: raw.default, choices: [...new Set([raw.default, ...choices])] };
}

function wayOf(way: NonNullable<RawAccess['ways']>[string], namespace: string): Access {
  const { addresses = [], secret, realm = 'preview', request, signin, headers = [] } = way;
  if (secret !== undefined) return { kind: 'password', secret: { namespace, name: secret }, realm };
  if (request !== undefined) return { kind: 'request', url: request, signin, headers };
  return { kind: 'addresses', addresses: addresses.map(canonicalCidr) };
}

/**
 * Returns who may look at an app that asks for a way, or for none. What the platform leaves to projects no more (the config at a
 * branch's head is refused then, the last valid one runs on) is never exchanged for something wider: the default holds, and where
 * that is everybody the way itself, or nobody where it is gone.
 */
export function whoMayLook({ ways, default: usual, choices }: PlatformAccess, wanted: string | undefined): Access {
  const way = wanted === undefined ? undefined : ownOf(ways, wanted);
  if (wanted === undefined || (usual !== everybody && !choices.includes(wanted))) return ownOf(ways, usual) ?? nobody;
  return way ?? nobody;
}
