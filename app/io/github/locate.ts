import * as z from 'zod';
import type { RepositoryName } from '../../core/ports.ts';
import { saysNotFound, shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';

const withId = z.object({ id: z.int().positive() });
const withNodeId = z.object({ node_id: z.string().min(1) });

/** Returns the installation and lasting id of a repository by its name, or undefined where the App is not installed. Two calls. */
export async function locate(clients: GitHubClients, { owner, name }: RepositoryName): Promise<{ readonly installation: number; readonly repository: string } | undefined> {
  try {
    const found = await clients.app.rest.apps.getRepoInstallation({ owner, repo: name });
    const installation = shaped(withId, found.data, 'GitHub on the installation').id;
    const { data } = await clients.installation(installation).rest.repos.get({ owner, repo: name });
    return { installation, repository: shaped(withNodeId, data, 'GitHub on the repository').node_id };
  } catch (error) {
    if (saysNotFound(error)) return undefined;
    throw error;
  }
}
