import type { ApplicationFunction } from 'probot';
import { checkAppOf, hintsOf, senderOf, webhookEvents } from '../core/hints.ts';
import type { Log } from '../core/ports.ts';
import type { Work } from '../core/work.ts';

export type WebhookOptions = {
  readonly ask: (work: Work, hint: { readonly changed: true }) => Promise<void>;
  /** The App's id, by which its own checks are known. */
  readonly appId: number;
  /** The App's slug, by which its own deliveries are known; undefined while it could not be asked for. */
  readonly slug: () => string | undefined;
  readonly log: Log;
  readonly delivered: (event: string) => void;
};

/**
 * Returns the Probot application: a delivery becomes hints in the queue, nothing else is taken from it. When a hint cannot be
 * kept the delivery fails, so that GitHub shows it and it can be redelivered; resync would find it anyway.
 */
export function webhooks(options: WebhookOptions): ApplicationFunction {
  return (app) => {
    for (const event of webhookEvents) {
      app.on(event, async ({ payload }) => {
        options.delivered(event);
        if (isOurs(payload, options)) return;
        for (const work of hintsOf(event, payload)) await options.ask(work, { changed: true });
      });
    }
  };
}

/** True for what the App itself did, and for its own checks: a hint at those would answer each write with a read. */
function isOurs(payload: unknown, { appId, slug }: WebhookOptions): boolean {
  const [app, name] = [checkAppOf(payload), slug()];
  return (app !== undefined && app === appId) || (name !== undefined && senderOf(payload) === `${name}[bot]`);
}
