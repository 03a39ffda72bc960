import { isPartName } from '../core/names.ts';
import { shown } from './problem.ts';
import { maxApps } from './project-schema.ts';
import { folderPattern } from './project-texts.ts';
import type { Wrong } from './shape.ts';

/** A chart that is an app by its folder alone; `part` is '' where it is the only one. */
export type ChartApp = { readonly chart: string; readonly part: string };

/**
 * Returns the apps that the folders of `.cloud/charts/` make, in order, and all that is wrong with their names. A part
 * is the folder's name in lower case without anything but letters and digits, 20 at most.
 */
export function chartApps(
  charts: readonly string[],
  tenants: readonly string[],
): { readonly apps: readonly ChartApp[]; readonly wrongs: readonly Wrong[] } {
  if (charts.length > maxApps) return { apps: [], wrongs: [tooMany(charts.length)] };
  const apps = charts.map((chart) => ({ chart, part: charts.length === 1 ? '' : partOf(chart) }));
  const wrongs = apps.flatMap((app, index) => {
    const twin = apps.find(({ part }, before) => before < index && part === app.part);
    return wrongChart(app, tenants, twin?.chart) ?? [];
  });
  return { apps, wrongs };
}

/** ASCII only: nothing that only looks like a letter becomes one. */
function partOf(chart: string): string {
  return chart
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 20)
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function wrongChart(
  { chart, part }: ChartApp,
  tenants: readonly string[],
  twin: string | undefined,
): Wrong | undefined {
  const folder = `the folder .cloud/charts/${shown(chart)}`;
  const rename = 'rename the folder';
  if (!folderPattern.test(chart))
    return { message: `${folder} has a name that charts do not have`, mend: `${rename}: letters, digits and "-"` };
  const mend = `${rename}, or name the apps yourself, for example apps: { web: { chart: "${chart}" } }`;
  if (part === '') return undefined;
  if (!isPartName(part)) return { message: `${folder} gives no name for a host: none begins with a digit`, mend };
  if (tenants.includes(part)) return { message: `${folder} would be named like the tenant ${part} in its host`, mend };
  return twin === undefined
    ? undefined
    : { message: `${folder} and ${shown(twin)} would both be ${part} in their hosts`, mend };
}

function tooMany(count: number): Wrong {
  return {
    message: `there are ${count} charts in .cloud/charts/, each an app`,
    mend: `${maxApps} are the most: name those that are under apps`,
  };
}
