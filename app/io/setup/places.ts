import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { secretManifest, secretObject, type CreatedApp, type SecretPlace } from '../../config/app-secret.ts';
import { messageOf } from '../../core/errors.ts';
import { KubernetesError } from '../../core/ports.ts';
import { isThere, type Connection } from '../kubernetes/connection.ts';

/** Where an App's secrets will be kept. Made before the App is, so that they do not come to nothing. */
export type Place = {
  /** Keeps them. Throws an Error that says why it could not. */
  keep(app: CreatedApp): Promise<void>;
  /** Nothing will be kept: leaves things as they were. */
  giveUp(): Promise<void>;
  close(): Promise<void>;
};

/** Makes the file, which nobody else may read and which must not be there yet. Throws an Error that says what to do. */
export function placeInFile(path: string, at: SecretPlace): Place {
  const file = openNew(path);
  let open = true;
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };
  return {
    keep: (app) => {
      writeSync(file, secretManifest(app, at));
      fsyncSync(file);
      close();
      return Promise.resolve();
    },
    giveUp: () => {
      close();
      unlinkSync(path);
      return Promise.resolve();
    },
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new Error(
      exists
        ? `--output: ${path} is there already, and is not written over: give another name, or move it away`
        : `--output: ${path} cannot be written (${messageOf(error)}): give the path of a file that can be made`,
      { cause: undefined },
    );
  }
}

/**
 * Looks whether the Secret can be made in the cluster (by dry runs), and is not there yet. A namespace that is missing will be made
 * with it. Throws an Error that says what to do.
 */
export async function placeInCluster(connection: Connection, at: SecretPlace): Promise<Place> {
  const { namespace, name } = at;
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const create = (path: string, body: object): Promise<unknown> => connection.call({ method: 'POST', path, body });
  const newNamespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  let missing: boolean;
  try {
    missing = !(await isThere(connection, `/api/v1/namespaces/${namespace}`));
    if (missing) await create('/api/v1/namespaces?dryRun=All', newNamespace);
    else {
      if (await isThere(connection, `${secrets}/${name}`)) throw new Error(`--apply: ${alreadyThere(at)}`);
      await create(`${secrets}?dryRun=All`, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
    }
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    throw new Error(`--apply: the cluster refuses it (${messageOf(error)})`, { cause: undefined });
  }
  return {
    keep: async (app) => {
      if (missing) await create('/api/v1/namespaces', newNamespace);
      await create(secrets, secretObject(app, at));
    },
    giveUp: () => Promise.resolve(),
    close: () => connection.close(),
  };
}

function alreadyThere({ namespace, name }: SecretPlace): string {
  return `the Secret ${name} is in the namespace ${namespace} already, and is not written over: give another --secret-name, or delete it`;
}
