import { projectConfigPath } from '../facts.ts';
import { fields } from './fields.ts';

const { name: tls } = fields.tls;
const { name: access } = fields.access;
/** What has no field of its own. */
const all = 'traffic';
/** The door gives requests to pods that are ready. */
const health = 'readiness.path';

/**
 * What people write annotations for that a typed field says, by the annotation's name behind its prefix, whichever controller reads it:
 * jcmoraisjr's, haproxytech's, and ingress-nginx, whose charts often have.
 */
const typed: readonly (readonly [names: RegExp, field: string])[] = [
  [/^(limit-rps|limit-rpm|limit-whitelist|limit-burst-multiplier|rate-limit-.*)$/, fields.rateLimit.name],
  [/^limit-connections$/, fields.connectionsPerAddress.name],
  [/^(headers|request-(set|add|del)-headers?|proxy-set-headers?|set-host|upstream-vhost)$/, fields.requestHeaders.name],
  [/^(response-(set|add|del)-headers?|custom-headers)$/, fields.responseHeaders.name],
  [/^(maxconn-server|pod-maxconn)$/, fields.maxConnections.name],
  [/^maxqueue-server$/, fields.queueLength.name],
  [/^timeout-queue$/, fields.queueTimeout.name],
  [/^(balance-algorithm|load-balance|upstream-hash-by)$/, fields.balance.name],
  [/^(timeout-server(-fin)?|proxy-(read|send)-timeout)$/, fields.serverTimeout.name],
  [/^(timeout-connect|proxy-connect-timeout)$/, fields.connectTimeout.name],
  // Neither controller can say these of one preview, so a project has no key for them.
  [/^timeout-(http-request|(http-)?keep-alive)$/, all],
  [/^timeout-tunnel$/, fields.tunnelTimeout.name],
  [/^(rewrite-target|path-rewrite|use-regex)$/, fields.rewrite.name],
  [/^(backend-protocol|server-proto|grpc-backend|websocket-services)$/, fields.protocol.name],
  [/^(proxy-body-size|client-max-body-size)$/, fields.bodySize.name],
  [/^((allow|deny)list-source-(range|header)|whitelist-source-range|(allow|deny)-list|whitelist|blacklist)$/, access],
  [/^(auth-(?!tls-).*|oauth.*|satisfy)$/, access],
  [/^((force-)?ssl-redirect.*|ssl-always-.*|hsts.*|tls-acme|cluster-issuer|issuer|ssl-passthrough.*)$/, tls],
  [/^(health-check-uri|check-http)$/, health],
];

/** Configuration as it stands: whatever it is for, the typed fields are instead. */
const snippets = /snippet|^config-(backend|frontend|proxy|global|defaults|sections|tcp).*$|^route-acl$/;

/** Returns the typed field for what an annotation says, or `traffic` for a snippet of configuration; undefined: there is none. */
export function typedFieldOf(annotation: string): string | undefined {
  const name = annotation.slice(annotation.lastIndexOf('/') + 1).toLowerCase();
  return snippets.test(name) ? all : typed.find(([names]) => names.test(name))?.[1];
}

/** Returns what to do instead of an annotation that a typed field is for. */
export function insteadOf(field: string): string {
  if (field === tls) return 'take it out: TLS is the platform’s';
  if (field === access) return `take it out, and choose one of the platform’s ways with access in ${projectConfigPath}`;
  if (field === all) return `take it out: what the door does is said in ${projectConfigPath}, with the fields of traffic and access`;
  if (field === health) return `take it out, and give the container a readinessProbe; without a chart, write ${field} in ${projectConfigPath}`;
  return `take it out, and write ${field} in ${projectConfigPath}`;
}
