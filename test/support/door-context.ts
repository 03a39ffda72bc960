import type { ProjectApp } from '../../app/config/project.ts';
import type { DoorContext } from '../../app/config/project-context.ts';
import { parsePlatform } from '../../app/config/platform.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { noTraffic } from '../../app/config/traffic.ts';

/** What an app says of the door that says nothing of it. */
export const saysNothing: Pick<ProjectApp, 'traffic' | 'access'> = {
  traffic: { all: noTraffic, tenants: {} },
  access: undefined,
};

/** Returns what projects may choose of the door where `avant.yaml` has these further lines. */
export function doorWith(lines = ''): DoorContext {
  const parsed = parsePlatform(`domain: preview.bar.com\n${lines}`, 'avant.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.platform;
}
