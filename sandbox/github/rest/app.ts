import { z } from 'zod';
import type { Installation, Permissions, Repository } from '../world/model.ts';
import type { Delivery } from '../webhooks/deliveries.ts';
import { covers } from '../world/repositories.ts';
import { repositoriesOf } from '../world/installations.ts';
import { appShape, time } from '../shapes/account.ts';
import { installationShape, repositoryShape } from '../shapes/repository.ts';
import { notFound, Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import {
  installationOfCall,
  json,
  noContent,
  numberParam,
  paged,
  route,
  type Answer,
  type Call,
  type Route,
} from './route.ts';

const tokenRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.int()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write'])).optional(),
});

/** What the App asks about itself, and what its installations ask about theirs. */
export const appRoutes: Route[] = [
  route('GET', '/app', 'app', (call) =>
    json(200, {
      ...appShape(call.world.state, call.world.state.app.identity),
      installations_count: call.world.state.installations.size,
    }),
  ),
  route('GET', '/app/installations', 'app', (call) =>
    paged(call, [...call.world.state.installations.values()], (one) => installationShape(call.world.state, one)),
  ),
  route('GET', '/app/installations/{id}', 'app', (call) =>
    json(200, installationShape(call.world.state, installationParam(call))),
  ),
  route('POST', '/app/installations/{id}/access_tokens', 'app', createToken),
  route('GET', '/repos/{owner}/{repo}/installation', 'app', (call) => {
    const repository = call.world.repository(`${call.params['owner']}/${call.params['repo']}`);
    const installation = [...call.world.state.installations.values()].find((one) => covers(one, repository));
    if (!installation) throw notFound();
    return json(200, installationShape(call.world.state, installation));
  }),
  ...(['orgs', 'users'] as const).map((kind) =>
    route('GET', `/${kind}/{login}/installation`, 'app', (call) =>
      json(200, installationShape(call.world.state, call.world.installation(call.params['login'] ?? ''))),
    ),
  ),
  route('GET', '/app/hook/config', 'app', (call) => json(200, hookShape(call.world.state.app.webhook))),
  route('GET', '/app/hook/deliveries', 'app', listDeliveries),
  route('GET', '/app/hook/deliveries/{id}', 'app', (call) => json(200, deliveryShape(deliveryParam(call)))),
  route('POST', '/app/hook/deliveries/{id}/attempts', 'app', (call) => {
    call.deliveries.redeliver(deliveryParam(call).id);
    return json(202, {});
  }),
  route('GET', '/installation/repositories', 'installation', (call) => {
    const visible = repositoriesOf(call.world.state, installationOfCall(call)).filter((one) => isInToken(call, one));
    const shape = (one: Repository): unknown => repositoryShape(call.world.state, one);
    const selection = installationOfCall(call).repositories === 'all' ? 'all' : 'selected';
    return paged(call, visible, shape, (page, total) => ({
      total_count: total,
      repository_selection: selection,
      repositories: page,
    }));
  }),
  route('DELETE', '/installation/token', 'installation', (call) => {
    if (call.viewer.as === 'installation') call.tokens.revoke(call.viewer.token.token);
    return noContent;
  }),
];

function isInToken(call: Call, repository: Repository): boolean {
  if (call.viewer.as !== 'installation') return false;
  return call.viewer.token.repositories?.has(repository) ?? true;
}

function installationParam(call: Call): Installation {
  const installation = call.world.state.installations.get(numberParam(call, 'id'));
  if (!installation) throw notFound();
  return installation;
}

function createToken(call: Call): Answer {
  const installation = installationParam(call);
  if (installation.suspendedAt) throw new Refusal(403, 'This installation has been suspended');
  const asked = bodyOf(call, tokenRequest, 'InstallationToken');
  const permissions = asked.permissions
    ? narrowed(asked.permissions, installation.permissions)
    : installation.permissions;
  const repositories = chosenRepositories(call, installation, asked);
  const token = call.tokens.issue(installation, permissions, repositories);
  const selected = repositories ?? (installation.repositories === 'all' ? null : installation.repositories);
  return json(201, {
    token: token.token,
    expires_at: time(token.expiresAt),
    permissions: token.permissions,
    repository_selection: selected ? 'selected' : 'all',
    ...(repositories ? { repositories: [...repositories].map((one) => repositoryShape(call.world.state, one)) } : {}),
  });
}

function narrowed(asked: Permissions, granted: Permissions): Permissions {
  for (const [name, level] of Object.entries(asked)) {
    if (granted[name] === 'write' || granted[name] === level || (name === 'metadata' && level === 'read')) continue;
    throw new Refusal(422, 'The permissions requested are not granted to this installation.');
  }
  return asked;
}

function chosenRepositories(
  call: Call,
  installation: Installation,
  asked: z.output<typeof tokenRequest>,
): Set<Repository> | null {
  if (!asked.repositories && !asked.repository_ids) return null;
  const all = repositoriesOf(call.world.state, installation);
  const find = (fits: (one: Repository) => boolean): Repository => {
    const found = all.find(fits);
    if (found) return found;
    throw new Refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  };
  return new Set([
    ...(asked.repositories ?? []).map((name) => find((one) => one.name.toLowerCase() === name.toLowerCase())),
    ...(asked.repository_ids ?? []).map((id) => find((one) => one.id === id)),
  ]);
}

function deliveryParam(call: Call): Delivery {
  const delivery = call.deliveries.find(numberParam(call, 'id'));
  if (!delivery) throw notFound();
  return delivery;
}

/** The App's webhook as REST shows it (`webhook-config`): whether it has a secret, never which. */
export function hookShape({ url, secret }: { url: string; secret: string }) {
  return {
    content_type: 'json',
    insecure_ssl: '0',
    ...(secret === '' ? {} : { secret: '********' }),
    ...(url === '' ? {} : { url }),
  };
}

function deliveryItem(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.at.toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function deliveryShape(delivery: Delivery) {
  return {
    ...deliveryItem(delivery),
    url: delivery.url,
    request: { headers: delivery.request.headers, payload: JSON.parse(delivery.request.body) as unknown },
    response: { headers: delivery.response.headers, payload: delivery.response.body },
  };
}

/** Newest first, with GitHub's cursor instead of page numbers. */
function listDeliveries(call: Call): Answer {
  const newestFirst = call.deliveries.all().reverse();
  const perPage = Math.min(100, Number(call.query.get('per_page') ?? 30) || 30);
  const cursor = Number(call.query.get('cursor') ?? Infinity);
  const from = newestFirst.filter((one) => one.id <= cursor);
  const next = from[perPage];
  const link = `<${call.world.state.url}/api/v3${call.path}?per_page=${perPage}&cursor=${next?.id ?? ''}>; rel="next"`;
  return json(200, from.slice(0, perPage).map(deliveryItem), next ? { link } : {});
}
