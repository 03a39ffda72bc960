import { z } from 'zod';
import type { KubernetesObject } from '../../core/object.ts';
import type { RegistryCredentials } from '../../core/ports.ts';

const entry = z.object({ username: z.string().optional(), password: z.string().optional(), auth: z.string().optional() });
const dockerConfig = z.object({ auths: z.record(z.string(), entry) });

/**
 * Returns the name and password for a registry in a Secret of type kubernetes.io/dockerconfigjson
 * (https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets), or undefined where it has none.
 */
export function credentialsIn(secret: KubernetesObject, host: string): RegistryCredentials | undefined {
  const text = secret.data?.['.dockerconfigjson'];
  if (text === undefined) return undefined;
  const { data } = dockerConfig.safeParse(jsonOf(Buffer.from(text, 'base64').toString()));
  const found = Object.entries(data?.auths ?? {}).find(([key]) => hostOf(key) === host)?.[1];
  if (!found) return undefined;
  if (found.username !== undefined && found.password !== undefined) return { username: found.username, password: found.password };
  const [username = '', ...rest] = Buffer.from(found.auth ?? '', 'base64').toString().split(':');
  return username === '' ? undefined : { username, password: rest.join(':') };
}

/** Docker Hub's entry is called `https://index.docker.io/v1/`. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'index.docker.io' ? 'docker.io' : host;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
