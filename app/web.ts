import { Probot, Server } from 'probot';
import type { Logger } from 'pino';
import type { Env } from './config/env.ts';
import { messageOf } from './core/errors.ts';
import type { GitHubClients } from './io/github/client.ts';
import { webhooks, type WebhookOptions } from './http/webhooks.ts';

/** Starts Probot's server with the webhooks and nothing else: no setup page, no static files. Returns how to stop it. */
export async function startWeb(
  env: Env,
  clients: GitHubClients,
  options: Pick<WebhookOptions, 'ask' | 'delivered'> & { readonly log: Logger },
): Promise<{ stop(): Promise<void> }> {
  const { log } = options;
  // Probot logs the whole payload of a delivery that it refuses, and anybody can send one.
  const serializers = { err: (error: unknown) => ({ message: messageOf(error) }), event: ({ id, name }: { id?: unknown; name?: unknown }) => ({ id, name }) };
  const child = (name: string): Logger => log.child({ name }, { level: log.isLevelEnabled('debug') ? 'debug' : 'warn', serializers });
  const server = new Server({
    Probot: Probot.defaults({
      appId: env.appId,
      privateKey: env.privateKey.reveal(),
      secret: env.webhookSecret?.reveal(),
      baseUrl: clients.baseUrl,
      log: child('probot'),
    }),
    log: child('web'),
    host: env.host,
    port: env.port,
    enablePing: false,
    enableStaticFiles: false,
  });
  const slug = learnSlug(clients, log);
  await server.load(webhooks({ ...options, appId: env.appId, slug }));
  const http = await server.start();
  log.info({ port: server.port, path: '/api/github/webhooks' }, 'taking webhooks');
  return {
    stop: async () => {
      http.closeIdleConnections();
      await server.stop();
    },
  };
}

/** The App's slug is asked for once; while GitHub does not answer, each delivery asks again and is treated as anybody's. */
function learnSlug(clients: GitHubClients, log: Logger): () => string | undefined {
  let known: string | undefined;
  const ask = (): void => {
    clients.appSlug().then(
      (slug) => {
        known = slug;
      },
      (error: unknown) => {
        log.warn({ error: messageOf(error) }, 'GitHub does not tell the name of the App; if this stays, APP_ID and PRIVATE_KEY are not of the same App');
      },
    );
  };
  ask();
  return () => {
    if (known === undefined) ask();
    return known;
  };
}
