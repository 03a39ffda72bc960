import { withoutSlash } from '../../config/chart-repositories.ts';
import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import type { RemoteChart } from '../charts/remote-chart.ts';
import { describe, isChartName, type Dependency, type FieldProblem } from './chart-metadata.ts';

/** An entry of Chart.lock (of requirements.lock), as it is written. */
export type Locked = { readonly name: Json | undefined; readonly version: Json | undefined; readonly repository: Json | undefined };

/** A semantic version (https://semver.org), whole: `1.2` is a range to helm. */
const exactVersion = /^v?(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const maxVersion = 100;

/**
 * Returns what is to be fetched for a dependency that is not in charts/, or why nothing is. `listed`: the repositories that the
 * platform takes charts from; `lock`: what Chart.lock says, where there is one.
 */
export function remoteChart(dependency: Dependency, listed: readonly string[], lock: readonly Locked[] | undefined): Omit<RemoteChart, 'at'> | FieldProblem {
  const { name, version, repository, field } = dependency;
  const address = typeof repository === 'string' ? withoutSlash(repository) : '';
  if (!listed.includes(address)) return notVendored(dependency, listed);
  if (!isChartName(name)) return { field: `${field}.name`, message: `is ${describe(name)}, which is no chart's name`, mend: 'write it as the repository has it' };
  const locked = lock?.filter((one) => one.name === name);
  if (!isExact(version)) {
    const exact = locked?.map((one) => one.version).find(isExact);
    const what = version === undefined ? 'is missing' : `is ${describe(version)}, which is a range or no version`;
    return { field: `${field}.version`, message: `${what}: ${describe(name)} is not in charts/, and what is fetched is one version`, mend: `write the exact version${exact === undefined ? '' : `: ${exact}`}` };
  }
  return disagreement(dependency, version, locked) ?? { repository: address, name, version };
}

function isExact(version: Json | undefined): version is string {
  return typeof version === 'string' && version.length <= maxVersion && exactVersion.test(version);
}

/** Whoever built charts/ by the lock had something else than is asked for here. */
function disagreement({ name, repository, field }: Dependency, version: string, locked: readonly Locked[] | undefined): FieldProblem | undefined {
  if (!locked) return undefined;
  const mend = 'run `helm dependency update` in the chart and commit its lock file, or remove that';
  const [first] = locked;
  if (!first) return { field: `${field}.name`, message: `is ${describe(name)}, which the chart's lock file does not have`, mend };
  const same = locked.filter((one) => one.version === version);
  if (same.length === 0) return { field: `${field}.version`, message: `is "${version}", and the chart's lock file says ${describe(first.version ?? null)}`, mend };
  const address = ({ repository: of }: { readonly repository: Json | undefined }): string => (typeof of === 'string' ? withoutSlash(of) : '');
  if (same.some((one) => address(one) === address({ repository }))) return undefined;
  return { field: `${field}.repository`, message: `is ${describe(repository ?? null)}, and the chart's lock file says ${describe(same[0]?.repository ?? null)}`, mend };
}

function notVendored({ name, repository, field }: Dependency, listed: readonly string[]): FieldProblem {
  const chart = describe(name);
  const mend = 'run `helm dependency build` in the chart and commit its charts/';
  if (typeof repository !== 'string' || repository === '') return { field: `${field}.name`, message: `${chart} is not in charts/`, mend: `put it into charts/, or name its repository and ${mend}` };
  const why = /^file:\/\/(?:\/|.*\.\.)/.test(repository) ? 'which leads out of the chart, and is not read' : /^oci:/i.test(repository) ? 'and nothing is fetched from OCI registries' : listed.length === 0 ? 'which is not read' : 'which the platform takes no charts from';
  return { field: `${field}.repository`, message: `is "${shown(repository, 80)}", ${why}: ${chart} is not in charts/`, mend };
}
