import { z } from 'zod';
import { cidrRule } from './cidr.ts';
import { durationBetween, durationPattern } from './duration.ts';
import { bodyRule } from './quantity.ts';
import { quantity, text, type About } from './shape.ts';
import * as texts from './traffic-texts.ts';

/** The most that a platform's bounds can be; its defaults and projects are held against its bounds. */
const most = { requests: 100_000, connections: 100_000, queued: 100_000, headers: 50, ranges: 50 } as const;

const duration = (about: About) => text(durationBetween('1s', '24h'), durationPattern).nullish().meta(about);
const count = (largest: number, about: About) => z.int().min(1).max(largest).nullish().meta(about);
const ranges = (about: About) =>
  z
    .array(text(cidrRule).meta({ description: 'A range of addresses, IPv4 or IPv6.', example: '10.0.0.0/8' }))
    .max(most.ranges)
    .nullish()
    .meta(about);

const headers = (about: About) =>
  z
    .record(
      text(texts.headerRule, texts.headerPattern).meta({ title: 'header' }),
      z
        .union([text(texts.headerValueRule), z.number(), z.boolean()])
        .nullish()
        .meta({ description: 'Its value; no template. Numbers are taken as they are written.', example: 'preview' }),
    )
    .nullish()
    .meta(about);

const rateLimit = z
  .strictObject({
    requestsPerSecond: count(most.requests, { description: 'Requests in a second.', example: '50' }),
    except: ranges({ description: 'Addresses that are not counted.', example: '[10.0.0.0/8]' }),
  })
  .nullish()
  .meta({
    description: 'Requests of one client address; more are answered with 429.',
    example: '{ requestsPerSecond: 50 }',
  });

const queue = z
  .strictObject({
    maxConnections: count(most.connections, {
      description: 'Requests that one pod is given at a time; more wait.',
      example: '100',
    }),
    length: count(most.queued, { description: 'How many may wait for one pod.', example: '100' }),
    timeout: duration({ description: 'How long they may wait (1s to 24h).', example: '10s' }),
  })
  .nullish()
  .meta({ description: 'What happens to more requests than a pod takes.', example: '{ maxConnections: 100 }' });

const timeouts = z
  .strictObject({
    server: duration({ description: 'How long a response may keep one waiting.', example: '2m' }),
    connect: duration({ description: 'How long a pod may take to be connected to.', example: '5s' }),
    tunnel: duration({ description: 'How long a WebSocket may be silent.', example: '1h' }),
  })
  .nullish()
  .meta({ description: 'How long the door waits (1s to 24h each).', example: '{ server: 2m }' });

/**
 * What platform and project say alike; `null` is as if the key were not there. How long a client may take for its request's head, or
 * between two, is for all hosts: it is said in the controller's own ConfigMap.
 */
const keys = {
  rateLimit,
  connectionsPerAddress: count(most.connections, {
    description: 'Connections of one client address at a time.',
    example: '50',
  }),
  requestHeaders: headers({ description: 'Headers set on each request to the app.', example: '{ X-Env: preview }' }),
  responseHeaders: headers({ description: 'Headers set on each response.', example: '{ X-Frame-Options: DENY }' }),
  queue,
  balance: z
    .enum(['roundrobin', 'leastconn', 'random', 'source', 'first'])
    .nullish()
    .meta({ description: 'Which pod gets the next request.', example: 'leastconn' }),
  timeouts,
  protocol: z.enum(['http1', 'h2', 'grpc']).nullish().meta({
    description: 'How the app is spoken to: `h2` and `grpc` without TLS. WebSockets need nothing.',
    example: 'grpc',
  }),
  bodySize: quantity(bodyRule).nullish().meta({
    description: 'The largest body of a request (1Ki to 1Ti); more is answered with 413.',
    example: '50Mi',
  }),
};

const projectKeys = {
  ...keys,
  rewrite: text(texts.rewriteRule, texts.rewritePattern)
    .nullish()
    .meta({ description: 'What the path of the Ingress is replaced by on the way to the app.', example: '/api' }),
};

const overlay = z.strictObject(projectKeys);

/** `traffic` of a project, at the top and of an app. */
export const projectTraffic = z
  .strictObject({
    ...projectKeys,
    tenants: z
      .record(
        z.string().meta({ title: 'tenant' }),
        overlay.nullish().meta({
          description: 'The same keys but for `tenants`, above those of every tenant.',
          example: '{ timeouts: { server: 2m } }',
          sameAs: 'traffic',
        }),
      )
      .nullish()
      .meta({
        description: 'What is otherwise for a tenant.',
        example: '{ fr: { timeouts: { server: 2m } } }',
      }),
  })
  .nullish();

const bound = (built: number, largest: number, about: string) =>
  z.int().min(1).max(largest).default(built).meta({ description: about, example: String(built) });

const longest = (built: string, about: string) =>
  text(durationBetween('1s', '24h'), durationPattern).default(built).meta({ description: about, example: built });

const bounds = z
  .strictObject({
    rateLimit: z
      .strictObject({
        requestsPerSecond: count(most.requests, {
          description: 'The most requests in a second; without the key the platform’s own limit, or else 1000.',
          example: '1000',
        }),
        except: ranges({
          description: 'Addresses that it may leave uncounted beside the platform’s, where the platform counts.',
          example: '[10.0.0.0/8]',
        }),
      })
      .prefault({})
      .meta({ description: 'Of `rateLimit`.', example: '{ requestsPerSecond: 1000 }' }),
    connectionsPerAddress: count(most.connections, {
      description: 'The most of one address; without the key the platform’s own limit, or else 1000.',
      example: '1000',
    }),
    headers: z
      .int()
      .min(0)
      .max(most.headers)
      .default(20)
      .meta({ description: 'How many headers an app may set on requests, and how many on responses.', example: '20' }),
    queue: z
      .strictObject({
        maxConnections: bound(1000, most.connections, 'The most that one pod may be given at a time.'),
        length: bound(1000, most.queued, 'The most that may wait.'),
        timeout: longest('1m', 'The longest wait.'),
      })
      .prefault({})
      .meta({ description: 'Of `queue`.', example: '{ length: 1000 }' }),
    timeouts: z
      .strictObject({
        server: longest('10m', 'The longest for a response.'),
        connect: longest('30s', 'The longest for a connection to a pod.'),
        tunnel: longest('24h', 'The longest silence of a WebSocket.'),
      })
      .prefault({})
      .meta({ description: 'Of `timeouts`.', example: '{ server: 10m }' }),
    bodySize: quantity(bodyRule).default('1Gi').meta({ description: 'The largest body.', example: '1Gi' }),
  })
  .prefault({})
  .meta({ description: 'The most that a project may choose.', example: '{ timeouts: { server: 10m } }' });

/** `traffic` of the platform: what holds where a project says nothing, and what it may say. */
export const platformTraffic = z
  .strictObject({ ...keys, bounds })
  .prefault({})
  .meta({
    description: 'What happens to requests on their way to previews, unless a project says otherwise.',
    example: '{ rateLimit: { requestsPerSecond: 50 }, bounds: { timeouts: { server: 10m } } }',
  });

export type RawOverlay = z.output<typeof overlay>;
export type RawProjectTraffic = z.output<typeof projectTraffic>;
export type RawPlatformTraffic = z.output<typeof platformTraffic>;
