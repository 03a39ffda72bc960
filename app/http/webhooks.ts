import type { ApplicationFunction } from 'probot';
import { hintsOf, senderOf, webhookEvents } from '../core/hints.ts';
import type { Log } from '../core/ports.ts';
import type { Work } from '../core/work.ts';

export type WebhookOptions = {
  readonly ask: (work: Work, hint: { readonly changed: true }) => Promise<void>;
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
        const slug = options.slug();
        if (slug !== undefined && senderOf(payload) === `${slug}[bot]`) return;
        for (const work of hintsOf(event, payload)) await options.ask(work, { changed: true });
      });
    }
  };
}
