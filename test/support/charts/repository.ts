import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { packed } from './tgz.ts';

/** What a repository has of one version; what is left out of it, `url` and `digest` too, is as it should be. */
export type Published = {
  readonly name: string;
  readonly version: string;
  readonly archive: Uint8Array;
  /** As the index says it; null: not at all. */
  readonly url?: string | null;
  readonly digest?: string | null;
};

export type ChartRepository = {
  /** Its address, as Chart.yaml has it: `http://127.0.0.1:1234/stable`. */
  readonly url: string;
  /** What was asked for since it was opened: paths. */
  readonly asked: string[];
  publish(...charts: readonly Published[]): void;
  /** Puts its own answer before those of the repository. */
  answer(how: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined): void;
  close(): Promise<void>;
};

/** Returns a chart with one ConfigMap, as `helm package` packs it. */
export function chartOf(name: string, version: string, more: Readonly<Record<string, string>> = {}, metadata = ''): Published {
  const template = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Chart.Name }} }\ndata: { version: {{ .Chart.Version | quote }}, size: {{ .Values.size | quote }} }\n`;
  return { name, version, archive: packed(name, { 'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n${metadata}`, 'values.yaml': 'size: small\n', 'templates/a.yaml': template, ...more }) };
}

export function digestOf(archive: Uint8Array): string {
  return createHash('sha256').update(archive).digest('hex');
}

/** Returns an index as helm writes it. */
export function indexOf(charts: readonly Published[]): string {
  const names = [...new Set(charts.map(({ name }) => name))];
  const versionOf = ({ name, version, archive, url = `${name}-${version}.tgz`, digest = digestOf(archive) }: Published): string =>
    [
      '  - apiVersion: v2',
      '    created: "2026-03-01T12:00:00Z"',
      '    description: |-',
      `      entries of ${name}:`,
      '      - name: other',
      ...(digest === null ? [] : [`    digest: ${digest}`]),
      `    name: ${name}`,
      ...(url === null ? [] : ['    urls:', `    - ${url}`]),
      `    version: ${version}`,
    ].join('\n');
  const entries = names.map((name) => `  ${name}:\n${charts.filter((chart) => chart.name === name).map(versionOf).join('\n')}`);
  return `apiVersion: v1\nentries:${names.length === 0 ? ' {}' : `\n${entries.join('\n')}`}\ngenerated: "2026-03-01T12:00:00Z"\n`;
}

/** Opens a chart repository below /stable on a port of this machine. Its index has an ETag. */
export async function openChartRepository(...first: readonly Published[]): Promise<ChartRepository> {
  let charts = first;
  let own: Parameters<ChartRepository['answer']>[0];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (own?.(request, response)) return;
    if (path === '/stable/index.yaml') {
      const index = indexOf(charts);
      const etag = `"${digestOf(Buffer.from(index))}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { etag }).end(index);
      return;
    }
    const chart = charts.find(({ name, version }) => path === `/stable/${name}-${version}.tgz`);
    if (chart) response.writeHead(200).end(chart.archive);
    else response.writeHead(404).end('no such chart');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stable`,
    asked,
    publish: (...more) => {
      charts = more;
    },
    answer: (how) => {
      own = how;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
