import { createHmac, randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { WorldEvent } from '../world/events.ts';
import type { World } from '../world/world.ts';
import { allowsEvent } from '../world/installations.ts';
import type { Installation } from '../world/model.ts';
import { installationOf } from '../world/repositories.ts';
import { payloadOf, repositoryOfEvent } from './payloads.ts';

/** One attempt to deliver a webhook. While it is under way `statusCode` is 0 and `status` is `pending`. */
export type Delivery = {
  id: number;
  /** The X-GitHub-Delivery header; a redelivery has the same. */
  guid: string;
  event: string;
  action: string | null;
  url: string;
  at: Date;
  redelivery: boolean;
  /** Seconds. */
  duration: number;
  status: string;
  statusCode: number;
  installationId: number | null;
  repositoryId: number | null;
  request: { headers: Record<string, string>; body: string };
  response: { headers: IncomingHttpHeaders; body: string };
};

export type DeliveryLog = {
  /** All attempts kept, oldest first. */
  all(): Delivery[];
  find(id: number): Delivery | undefined;
  /** Sends the same again under the same guid; the new attempt, under way. */
  redeliver(id: number): Delivery;
  /** Resolves once nothing is under way. */
  settled(): Promise<void>;
  clear(): void;
};

type Webhook = { url: string; secret: string };

export type Deliveries = DeliveryLog & { webhook: Webhook; close(): void };

/** GitHub waits ten seconds for an answer and does not try again by itself. */
const patience = 10_000;

/** Attempts kept for the page and the API. */
const mostKept = 2_000;

/** Sends the world's events to the App's webhook, each on its own, in no promised order. */
export function startDeliveries(world: World, webhook: Webhook): Deliveries {
  const kept: Delivery[] = [];
  const underWay = new Set<Promise<void>>();
  const stop = new AbortController();
  const send = (delivery: Delivery): Delivery => {
    kept.push(delivery);
    if (kept.length > mostKept) kept.splice(0, kept.length - mostKept);
    const attempt = attemptDelivery(delivery, stop.signal).then(() => {
      world.state.version += 1;
      underWay.delete(attempt);
    });
    underWay.add(attempt);
    return delivery;
  };
  const onEvent = (event: WorldEvent): void => {
    if (webhook.url === '' || !isWanted(world, event)) return;
    send(newDelivery(world, webhook, event));
  };
  world.state.listeners.add(onEvent);
  return {
    webhook,
    all: () => [...kept],
    find: (id) => kept.find((one) => one.id === id),
    redeliver: (id) => {
      const first = kept.find((one) => one.id === id);
      if (!first) throw new Error(`no delivery ${id}`);
      return send(blankDelivery(world, webhook, { ...first, redelivery: true }));
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    clear: () => {
      kept.length = 0;
    },
    close: () => {
      world.state.listeners.delete(onEvent);
      stop.abort();
    },
  };
}

/** Events of an installation go out always; others where the installation is alive, allows and subscribes to them. */
function isWanted(world: World, event: WorldEvent): boolean {
  const repository = repositoryOfEvent(event);
  if (!repository) return true;
  const installation = installationOf(world.state, repository);
  if (!installation || installation.suspendedAt || !allowsEvent(installation.permissions, event.name)) return false;
  return installation.events.includes(event.name) || isUnasked(installation, event);
}

/** An App that may write checks is subscribed to their events by that (docs.github.com, "check_suite"). */
function isUnasked(installation: Installation, event: WorldEvent): boolean {
  return event.name.startsWith('check_') && installation.permissions['checks'] === 'write';
}

type Sent = Pick<Delivery, 'guid' | 'event' | 'action' | 'installationId' | 'repositoryId' | 'redelivery'> & {
  request: { body: string };
};

function newDelivery(world: World, webhook: Webhook, event: WorldEvent): Delivery {
  const repository = repositoryOfEvent(event);
  const installation =
    'installation' in event ? event.installation : repository && installationOf(world.state, repository);
  return blankDelivery(world, webhook, {
    guid: randomUUID(),
    event: event.name,
    action: 'action' in event ? event.action : null,
    installationId: installation?.id ?? null,
    repositoryId: repository?.id ?? null,
    redelivery: false,
    request: { body: JSON.stringify(payloadOf(world.state, event)) },
  });
}

function blankDelivery(world: World, webhook: Webhook, sent: Sent): Delivery {
  const { body } = sent.request;
  const sign = (algorithm: string): string => createHmac(algorithm, webhook.secret).update(body).digest('hex');
  const headers: Record<string, string> = {
    Accept: '*/*',
    'Content-Type': 'application/json',
    'User-Agent': `GitHub-Hookshot/${world.state.app.identity.id.toString(16).padStart(7, '0')}`,
    'X-GitHub-Delivery': sent.guid,
    'X-GitHub-Event': sent.event,
    'X-GitHub-Hook-ID': String(world.state.app.identity.id),
    'X-GitHub-Hook-Installation-Target-ID': String(world.state.app.identity.id),
    'X-GitHub-Hook-Installation-Target-Type': 'integration',
  };
  if (webhook.secret !== '') {
    headers['X-Hub-Signature'] = `sha1=${sign('sha1')}`;
    headers['X-Hub-Signature-256'] = `sha256=${sign('sha256')}`;
  }
  return {
    id: world.state.nextId('delivery'),
    guid: sent.guid,
    event: sent.event,
    action: sent.action,
    url: webhook.url,
    at: world.state.now(),
    redelivery: sent.redelivery,
    duration: 0,
    status: 'pending',
    statusCode: 0,
    installationId: sent.installationId,
    repositoryId: sent.repositoryId,
    request: { headers, body },
    response: { headers: {}, body: '' },
  };
}

async function attemptDelivery(delivery: Delivery, stop: AbortSignal): Promise<void> {
  const started = performance.now();
  try {
    const answer = await post(delivery, stop);
    delivery.statusCode = answer.status;
    delivery.status = answer.status >= 200 && answer.status < 300 ? 'OK' : `Invalid HTTP Response: ${answer.status}`;
    delivery.response = { headers: answer.headers, body: answer.body };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    delivery.statusCode = timedOut ? 504 : 502;
    delivery.status = timedOut ? 'timed out' : 'failed to connect to host';
  }
  delivery.duration = Math.round(performance.now() - started) / 1000;
}

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

/** Posts on a connection of its own and follows no redirect. */
function post(delivery: Delivery, stop: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const open = delivery.url.startsWith('https:') ? httpsRequest : httpRequest;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(patience)]);
  const fail = (error: Error): void => {
    reject(signal.reason instanceof Error ? signal.reason : error);
  };
  try {
    const body = Buffer.from(delivery.request.body, 'utf8');
    const headers = { ...delivery.request.headers, 'Content-Length': body.byteLength };
    const request = open(delivery.url, { method: 'POST', agent: false, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    request.on('error', fail);
    request.end(body);
  } catch (error) {
    // An address that is none.
    reject(error instanceof Error ? error : new Error(String(error)));
  }
  return promise;
}
