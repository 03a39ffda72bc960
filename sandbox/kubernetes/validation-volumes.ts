import type { ContainerSpec, PodSpec, Volume } from './pods.ts';
import type { Cause } from './refusals.ts';
import { dnsLabel, duplicate, forbidden, invalidValue, required } from './validation-names.ts';

/** What each source of a volume cannot do without. */
const needed: Readonly<Record<string, string>> = {
  configMap: 'name',
  secret: 'secretName',
  persistentVolumeClaim: 'claimName',
  hostPath: 'path',
};

function sourceCauses(volume: Volume, field: string): Cause[] {
  const sources = Object.entries(volume).filter(([name]) => name !== 'name');
  return sources.flatMap(([name, source], index) => {
    if (index > 0) return [forbidden(`${field}.${name}`, 'may not specify more than 1 volume type')];
    const key = needed[name];
    const isThere = key === undefined || (source as Record<string, unknown>)[key] !== undefined;
    return isThere ? [] : [required(`${field}.${name}.${key}`)];
  });
}

/** Returns everything that is wrong with a pod's volumes. */
export function volumeCauses({ volumes = [] }: PodSpec, field: string): Cause[] {
  const names = volumes.map(({ name }) => name);
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const twice = names.indexOf(volume.name) < index ? [duplicate(`${at}.name`, volume.name)] : [];
    return [...dnsLabel(`${at}.name`, volume.name), ...twice, ...sourceCauses(volume, at)];
  });
}

/** Returns everything that is wrong with what a container mounts; `volumes` are the names of those that there are. */
export function mountCauses(
  { volumeMounts = [] }: ContainerSpec,
  field: string,
  volumes: ReadonlySet<string>,
): Cause[] {
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return volumeMounts.flatMap(({ name, mountPath }, index) => {
    const at = `${field}.volumeMounts[${index}]`;
    const unknown = {
      reason: 'FieldValueNotFound',
      message: `Not found: ${JSON.stringify(name)}`,
      field: `${at}.name`,
    };
    return [
      ...(volumes.has(name) ? [] : [unknown]),
      ...(mountPath === '' ? [required(`${at}.mountPath`)] : []),
      ...(paths.indexOf(mountPath) < index ? [invalidValue(`${at}.mountPath`, mountPath, 'must be unique')] : []),
    ];
  });
}
