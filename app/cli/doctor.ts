import { readFileSync } from 'node:fs';
import { BootError, examineInstallation, loadPlatform } from '../compose.ts';
import { parseAppManifest } from '../config/app-manifest.ts';
import { readEnv, type EnvFound } from '../config/env.ts';
import type { Platform } from '../config/platform.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import { jsonText } from './result.ts';

/** Where the App's permissions and events stand; beside the command, wherever it is called from. */
const appManifest = new URL('../../app.yml', import.meta.url);

/** Returns what app.yml asks for; throws an Error when it is not shipped or not valid. */
export function readAppManifest(): ReturnType<typeof parseAppManifest> {
  return parseAppManifest(readFileSync(appManifest, 'utf8'));
}

/**
 * `avant doctor`: looks at everything that Avant needs, with the environment that Avant itself runs with; `config` is another
 * avant.yaml than the environment's. Returns a diagnosis for each thing.
 */
export async function doctor(config: string | undefined): Promise<readonly Diagnosis[]> {
  const { env, problems } = readWhatThereIs(config);
  const { platform, platformProblems } = readPlatform(env.configPath);
  const manifest = readAppManifest();
  return examineInstallation({ env, envProblems: problems, platform, platformProblems, manifest });
}

/** WEBHOOK_SECRET is looked at where it is set: processes that only work have none. */
function readWhatThereIs(config: string | undefined): { readonly env: EnvFound; readonly problems: readonly string[] } {
  const given = config === undefined ? process.env : { ...process.env, AVANT_CONFIG: config };
  const web = (given['WEBHOOK_SECRET'] ?? '') !== '';
  const read = readEnv(given, { web }, (path) => readFileSync(path, 'utf8'));
  return read.ok ? { env: read.env, problems: [] } : { env: read.found, problems: read.problems };
}

function readPlatform(path: string | undefined): {
  readonly platform: Platform | undefined;
  readonly platformProblems: readonly string[];
} {
  if (path === undefined) return { platform: undefined, platformProblems: [] };
  try {
    return { platform: loadPlatform(path), platformProblems: [] };
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return { platform: undefined, platformProblems: error.message.split('\n') };
  }
}

/** Returns what was found for people, a line each. */
export function diagnosisLines(found: readonly Diagnosis[]): readonly string[] {
  return found.map(({ check, state, says, mend }) => {
    if (state === 'unchecked') return `? not checked: ${check}: ${says}`;
    const mark = { ok: 'ok', warning: '!', problem: '✗' }[state];
    return `${mark} ${check}: ${says}${mend === undefined ? '' : `: ${mend}`}`;
  });
}

/** Returns what was found as one JSON document, see docs/cli.md. */
export function diagnosisJson(found: readonly Diagnosis[]): string {
  return jsonText({ checks: found.map(({ mend = null, ...rest }) => ({ ...rest, mend })) });
}

/** True where nobody has to do anything; warnings do not count. */
export function isWell(found: readonly Diagnosis[]): boolean {
  return found.every(({ state }) => state === 'ok' || state === 'warning');
}
