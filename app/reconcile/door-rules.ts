import { whoMayLook } from '../config/access.ts';
import type { Platform } from '../config/platform.ts';
import type { ProjectApp } from '../config/project.ts';
import { trafficFor, trafficWithin } from '../config/traffic.ts';
import type { DoorRules } from '../core/traffic/policy.ts';

/**
 * Returns what the door is told about an app of a tenant's preview ('' is no tenant): what the project says as far as the
 * platform lets it, else the platform's word. What goes beyond today's bounds is brought into them: only a config that was valid
 * under earlier ones can.
 */
export function doorRules(
  platform: Pick<Platform, 'ingress' | 'traffic' | 'access'>,
  app: Pick<ProjectApp, 'traffic' | 'access'>,
  tenant: string,
  namespace: string,
): DoorRules {
  const { tls, noindex } = platform.ingress;
  return {
    traffic: trafficWithin(platform.traffic, trafficFor(app.traffic, tenant)),
    access: whoMayLook(platform.access, app.access),
    tls,
    noindex,
    marker: namespace,
  };
}
