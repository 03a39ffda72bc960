import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the door is set: by install/chart's `edge`, or by nothing. */
export type DoorSettings = { readonly previews: number; /** Servers of each backend: one with an address, the others empty. */ readonly slots: number; readonly balance: string; /** Of the server in use. */ readonly weight: number; readonly maxConnections: number; readonly strictLimits: boolean; /** Whether HAProxy's own HTTP client can check certificates, for which it reads the system's authorities. */ readonly httpClient: boolean };

/** Where the generated HAProxy listens, and the program behind all its backends. */
export type Ports = { readonly door: number; readonly pods: number };

/** Host of the nth preview. */
export function hostOf(number: number): string {
  return `shop-${number}.preview.bar.com`;
}

/**
 * Writes haproxy.cfg and the controller's map of hosts into a folder; returns the configuration's path. The form is that of
 * jcmoraisjr/haproxy-ingress 0.16.1 for an Ingress of Avant's without rules (test/golden/traffic/haproxy/nothing.cfg, and the
 * controller's template for the rest), without Lua and TLS.
 */
export function writeDoor(folder: string, settings: DoorSettings, { door, pods }: Ports): string {
  const { previews, slots, balance, weight } = settings;
  const map = join(folder, '_front_http_host__prefix.map');
  const numbers = Array.from({ length: previews }, (_, index) => index + 1);
  writeFileSync(map, numbers.map((number) => `${hostOf(number)}#/ ${backendOf(number)}\n`).join(''));
  const empty = Array.from({ length: slots - 1 }, (_, index) => `    server srv${String(index + 2).padStart(3, '0')} 127.0.0.1:1023 disabled weight 1 check inter 2s\n`).join('');
  const backends = numbers.map(
    (number) => `backend ${backendOf(number)}
    mode http
    balance ${balance}
    http-response del-header Strict-Transport-Security
    http-response set-header X-Avant-Preview "shop-${number}" if { srv_id -m found }
    server srv001 127.0.0.1:${pods} weight ${weight} check inter 2s
${empty}`,
  );
  return write(folder, [head(folder, settings), ...backends, frontend(door, map), 'backend _error404\n    mode http\n    http-request return status 404\n'].join(''));
}

/** How the table of a routing layer is asked in a measurement. */
export type Routing = { readonly lines: number; /** Lookups of each request, of hosts at random; 0: the same request without them. */ readonly lookups: number };

/** Writes a routing layer: one frontend, whose map says for each host which of ten doors has it; returns the configuration's path. */
export function writeRouting(folder: string, { lines, lookups }: Routing, { door, pods }: Ports): string {
  const map = join(folder, 'doors.map');
  writeFileSync(map, Array.from({ length: lines }, (_, index) => `${hostOf(index)} door${index % 10}\n`).join(''));
  const name = 'str(shop-),concat(,txn.n,.preview.bar.com)';
  const asked = Array.from({ length: lookups || 200 }, () => `    http-request set-var(txn.n) rand(${lines})\n    http-request set-var(txn.door) ${name}${lookups > 0 ? `,map_str(${map})` : ''}\n`).join('');
  const doors = Array.from({ length: 10 }, (_, index) => `backend door${index}\n    mode http\n    server door 127.0.0.1:${pods}\n`).join('');
  return write(folder, `${head(folder, plain)}frontend routing
    mode http
    bind 127.0.0.1:${door}
    acl probe path /lookups
    http-request set-var(txn.host) req.hdr(host),field(1,:),lower
    use_backend lookups if probe
    use_backend %[var(txn.host),map_str(${map})]
backend lookups
    mode http
${asked}    http-request return status 200
${doors}`);
}

/** Writes what stands for the pods: it answers everything. */
export function writePods(folder: string, { pods }: Ports): string {
  return write(folder, `${head(folder, plain)}frontend pods\n    mode http\n    bind 127.0.0.1:${pods}\n    http-request return status 200\n`);
}

function backendOf(number: number): string {
  return `shop-${number}_web_http`;
}

type Global = Pick<DoorSettings, 'maxConnections' | 'strictLimits' | 'httpClient'>;

const plain: Global = { maxConnections: 2_000, strictLimits: true, httpClient: true };

function head(folder: string, { maxConnections, strictLimits, httpClient }: Global): string {
  return `global
    stats socket ${folder}/admin.sock level admin expose-fd listeners mode 600
    maxconn ${maxConnections}
    hard-stop-after 2m
${strictLimits ? '' : '    no strict-limits\n'}${httpClient ? '' : '    httpclient.ssl.verify none\n'}defaults
    log global
    maxconn ${maxConnections}
    option redispatch
    option dontlognull
    option http-server-close
    option http-keep-alive
    timeout client 50s
    timeout connect 5s
    timeout http-keep-alive 1m
    timeout http-request 5s
    timeout queue 5s
    timeout server 50s
    timeout tunnel 1h
`;
}

function frontend(port: number, map: string): string {
  return `frontend _front_http
    mode http
    bind 127.0.0.1:${port}
    http-request set-var(req.path) path
    http-request set-var(req.host) hdr(host),field(1,:),lower
    http-request set-var(req.base) var(req.host),concat(\\#,req.path)
    http-request set-header X-Forwarded-Proto http
    http-request set-var(req.backend) var(req.base),map_dir(${map})
    http-request del-header x-forwarded-for
    option forwardfor
    http-request set-header X-Real-IP %[src]
    use_backend %[var(req.backend)] if { var(req.backend) -m found }
    default_backend _error404
`;
}

function write(folder: string, text: string): string {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  return file;
}
