import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where install/helm.sh pins the helm that it builds. */
const modules = new URL('../../../install/helm/go.mod', import.meta.url);

/**
 * Returns the path of a helm 4, or undefined: what `AVANT_HELM` says, else the one on PATH (another major than 4 is passed over),
 * else the one that install/helm.sh built. That script looks in the same places.
 */
export function findHelm(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { AVANT_HELM: given, PATH: path = '' } = env;
  if (given !== undefined && given !== '') return given;
  const onPath = path.split(delimiter).map((folder) => join(folder, 'helm')).find((file) => file.startsWith('/') && existsSync(file));
  if (onPath !== undefined && isHelm4(onPath)) return onPath;
  const built = builtHelm(env);
  return built !== undefined && existsSync(built) ? built : undefined;
}

function isHelm4(file: string): boolean {
  const { status, stdout } = spawnSync(file, ['version', '--short'], { encoding: 'utf8', env: {}, timeout: 10_000 });
  return status === 0 && stdout.startsWith('v4.');
}

/** Returns where install/helm.sh puts what it builds; undefined where the pins are not shipped. */
function builtHelm({ XDG_CACHE_HOME, HOME }: Readonly<Record<string, string | undefined>>): string | undefined {
  if (!existsSync(modules)) return undefined;
  const pins = readFileSync(modules, 'utf8');
  const version = /helm\.sh\/helm\/v4 (v\S+)/.exec(pins)?.[1];
  if (version === undefined) return undefined;
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  return join(XDG_CACHE_HOME ?? join(HOME ?? homedir(), '.cache'), 'avant', `helm-${version}-${hash}`, 'helm');
}
