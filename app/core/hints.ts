import { z } from 'zod';
import type { Work } from './work.ts';

/** The webhook events that say something; `app.yml` asks for those that are not delivered unasked. */
export const webhookEvents = ['pull_request', 'installation', 'installation_repositories'] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

const installation = z.object({ installation: z.object({ id: z.int().positive() }) });
const pullRequest = installation.extend({ number: z.int().positive(), repository: z.object({ node_id: z.string().min(1) }) });
const repositories = z.array(z.object({ node_id: z.string().min(1) }));
const installationRepositories = installation.extend({ repositories_added: repositories, repositories_removed: repositories });

/**
 * Returns what a delivery hints at: where to look, and nothing of how it is there. A delivery that is not from an
 * installation of the App, or not in GitHub's shape, hints at nothing.
 */
export function hintsOf(event: WebhookEvent, payload: unknown): readonly Work[] {
  switch (event) {
    case 'pull_request': {
      const { data } = pullRequest.safeParse(payload);
      return data ? [{ kind: 'pull-request', key: { installation: data.installation.id, repository: data.repository.node_id, number: data.number } }] : [];
    }
    case 'installation': {
      const { data } = installation.safeParse(payload);
      return data ? [{ kind: 'installation', installation: data.installation.id }] : [];
    }
    case 'installation_repositories': {
      const { data } = installationRepositories.safeParse(payload);
      if (!data) return [];
      const changed = [...data.repositories_added, ...data.repositories_removed];
      return changed.map(({ node_id }) => ({ kind: 'repository', installation: data.installation.id, repository: node_id }));
    }
  }
}

/** Returns the login of who caused a delivery, or undefined. */
export function senderOf(payload: unknown): string | undefined {
  return z.object({ sender: z.object({ login: z.string() }) }).safeParse(payload).data?.sender.login;
}
