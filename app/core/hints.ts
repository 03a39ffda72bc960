import { z } from 'zod';
import type { Work } from './work.ts';

/** The webhook events that say something; `app.yml` asks for those that are not delivered unasked. */
export const webhookEvents = [
  'pull_request',
  'issue_comment',
  'status',
  'check_run',
  'check_suite',
  'installation',
  'installation_repositories',
] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

const number = z.int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const installation = z.object({ installation: z.object({ id: z.int().positive() }) });
const onRepository = installation.extend({ repository: z.object({ node_id: z.string().min(1) }) });
const pullRequest = onRepository.extend({ number });
/** GitHub calls a pull request an issue, and says by this field that it is one. */
const comment = onRepository.extend({ issue: z.object({ number, pull_request: z.looseObject({}) }) });
const status = onRepository.extend({ sha });
const check = z.object({ head_sha: sha });
const checkRun = onRepository.extend({ check_run: check });
const checkSuite = onRepository.extend({ check_suite: check });
const repositories = z.array(z.object({ node_id: z.string().min(1) }));
const installationRepositories = installation.extend({ repositories_added: repositories, repositories_removed: repositories });

/**
 * Returns what a delivery hints at: where to look, and nothing of how it is there. A delivery that is not from an
 * installation of the App, or not in GitHub's shape, hints at nothing. What is said about a commit names no pull request
 * that could be relied on: of forks GitHub lists none ("check_run", docs.github.com).
 */
export function hintsOf(event: WebhookEvent, payload: unknown): readonly Work[] {
  switch (event) {
    case 'pull_request': {
      const { data } = pullRequest.safeParse(payload);
      return data ? hintOf(data, data.number) : [];
    }
    case 'issue_comment': {
      const { data } = comment.safeParse(payload);
      return data ? hintOf(data, data.issue.number) : [];
    }
    case 'status': {
      const { data } = status.safeParse(payload);
      return data ? commitHint(data, data.sha) : [];
    }
    case 'check_run': {
      const { data } = checkRun.safeParse(payload);
      return data ? commitHint(data, data.check_run.head_sha) : [];
    }
    case 'check_suite': {
      const { data } = checkSuite.safeParse(payload);
      return data ? commitHint(data, data.check_suite.head_sha) : [];
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

type Delivered = z.infer<typeof onRepository>;

function hintOf(on: Delivered, of: number): readonly Work[] {
  return [{ kind: 'pull-request', key: { installation: on.installation.id, repository: on.repository.node_id, number: of } }];
}

function commitHint(on: Delivered, of: string): readonly Work[] {
  return [{ kind: 'commit', installation: on.installation.id, repository: on.repository.node_id, sha: of }];
}

/** Returns the login of who caused a delivery, or undefined. */
export function senderOf(payload: unknown): string | undefined {
  return z.object({ sender: z.object({ login: z.string() }) }).safeParse(payload).data?.sender.login;
}

const byApp = z.object({ app: z.object({ id: z.int().positive() }) });

/**
 * Returns the id of the App whose check a delivery is about, or undefined. GitHub tells every App that may write checks of its own
 * ones too, and not only by the App's own doing: at each push it makes an empty check suite for it, sent by who pushed.
 */
export function checkAppOf(payload: unknown): number | undefined {
  const run = z.object({ check_run: byApp }).safeParse(payload).data?.check_run;
  const suite = z.object({ check_suite: byApp }).safeParse(payload).data?.check_suite;
  return (run ?? suite)?.app.id;
}
