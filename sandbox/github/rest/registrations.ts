import { notFound } from '../refusal.ts';
import { registeredShape } from '../shapes/account.ts';
import type { RegisteredApp } from '../world/model.ts';
import { hookShape } from './app.ts';
import { json, route, type Answer, type Call, type Route } from './route.ts';

/** The last step of the manifest flow ("Create a GitHub App from a manifest", docs.github.com); anybody with the code may. */
export const registrationRoutes: Route[] = [
  route('POST', '/app-manifests/{code}/conversions', 'anyone', (call) => {
    const app = call.world.convertCode(call.params['code'] ?? '');
    return json(201, {
      ...registeredShape(call.world.state, app),
      client_id: app.clientId,
      client_secret: app.clientSecret,
      webhook_secret: app.webhookSecret,
      pem: app.privateKey,
    });
  }),
];

/** What a registered App learns that this GitHub does not act for yet: itself, its webhook, and that it is installed nowhere. */
export function answerRegistered(asked: Route, app: RegisteredApp, call: Call): Answer {
  if (asked.method !== 'GET') throw notFound();
  switch (asked.pattern) {
    case '/app':
      return json(200, { ...registeredShape(call.world.state, app), installations_count: 0 });
    case '/app/hook/config':
      return json(200, hookShape({ url: app.manifest.hook?.url ?? '', secret: app.webhookSecret ?? '' }));
    case '/app/installations':
    case '/app/hook/deliveries':
      return json(200, []);
    default:
      throw notFound();
  }
}
