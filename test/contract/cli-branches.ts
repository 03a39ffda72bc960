import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Changes } from '../../sandbox/github/world/git.ts';

/** What a branch may hold, from the repository's root: as a commit on the sandbox's GitHub, and as a checkout. */
export type Branch = {
  readonly name: string;
  readonly files: Readonly<Record<string, Content>>;
  readonly problems: RegExp | 'none';
};
type Content = Exclude<Changes[string], null>;

const preview = '.cloud/preview.yaml';
const image = 'image: registry.test/web:${sha}\n';
const head = 'apiVersion: v2\nname: api\nversion: 0.1.0\n';
const submodule = { submodule: '5'.repeat(40) };

function chart(files: Readonly<Record<string, Content>>, chartYaml = head): Branch['files'] {
  return Object.fromEntries(
    Object.entries({ 'Chart.yaml': chartYaml, ...files }).map(([path, content]) => [
      `.cloud/charts/api/${path}`,
      content,
    ]),
  );
}

function configMap(more = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n${more}`;
}

function service(name: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { selector: { app: ${name} }, ports: [{ name: http, port: 80 }] }\n`;
}

function manifests(...objects: readonly string[]): Branch['files'] {
  return { '.cloud/manifests/all.yaml': objects.join('---\n') };
}

/** The chart of ten objects beside the other tests. */
function shop(): Branch['files'] {
  const folder = join(import.meta.dirname, '../support/charts/shop');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => [
      `.cloud/charts/shop/${relative(folder, join(entry.parentPath, entry.name))}`,
      readFileSync(join(entry.parentPath, entry.name)),
    ]),
  );
}

const pod = 'spec: { containers: [{ name: web, image: registry.test/web }] }';

export const branches: readonly Branch[] = [
  { name: 'an image', files: { [preview]: image }, problems: 'none' },
  { name: 'a chart', files: shop(), problems: 'none' },
  { name: 'manifests', files: manifests(configMap(), service('web')), problems: 'none' },
  {
    name: 'an image, and a link where nothing is rendered',
    files: { [preview]: image, '.cloud/manifests/a.yaml': { symlink: '/etc/passwd' } },
    problems: 'none',
  },
  { name: 'no .cloud/', files: {}, problems: /nothing to deploy/ },
  {
    name: 'nothing in .cloud/',
    files: { '.cloud/docker/Dockerfile': 'FROM scratch\n' },
    problems: /nothing to deploy/,
  },
  { name: 'a config that is no YAML', files: { [preview]: 'image: [\n' }, problems: /preview\.yaml:2:1/ },
  {
    name: 'a broken config beside a good chart',
    files: { ...shop(), [preview]: 'tenants: [fr\n' },
    problems: /preview\.yaml:2:1/,
  },
  { name: 'keys that nobody knows', files: { [preview]: `${image}replicsa: 2\nservcie: {}\n` }, problems: /replicas/ },
  { name: 'a config that is a link', files: { [preview]: { symlink: '/etc/passwd' } }, problems: /symbolic link/ },
  { name: 'a config that is a folder', files: { [`${preview}/a`]: 'a' }, problems: /no file/ },
  { name: 'a large config', files: { [preview]: `${image}#${'x'.repeat(70_000)}\n` }, problems: /65536/ },
  { name: 'a binary config', files: { [preview]: Buffer.from(`${image}\0`) }, problems: /UTF-8/ },
  {
    name: 'a config in Latin-1',
    files: { [preview]: Buffer.from(`${image}env: { A: "é" }\n`, 'latin1') },
    problems: /UTF-8/,
  },
  {
    name: 'escape sequences',
    files: { [preview]: `${image}"\\e[31m\\u009b31m\\u202e": 1\n` },
    problems: /u\{1b\}\[31m/,
  },
  {
    name: '.cloud that is a link',
    files: { '.cloud': { symlink: 'elsewhere' }, 'elsewhere/preview.yaml': image },
    problems: /symbolic link/,
  },
  { name: '.cloud that is a file', files: { '.cloud': 'a' }, problems: /is a file/ },
  { name: '.cloud that is a submodule', files: { '.cloud': submodule }, problems: /submodule/ },
  { name: 'charts that is a file', files: { '.cloud/charts': 'a', [preview]: image }, problems: /charts is a file/ },
  {
    name: 'manifests that is a link',
    files: { '.cloud/manifests': { symlink: '.' }, [preview]: image },
    problems: /manifests is a symbolic link/,
  },
  {
    name: 'more charts than a project has',
    files: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`.cloud/charts/c${index}/Chart.yaml`, head])),
    problems: /51 folders/,
  },
  {
    name: 'a chart with a long name',
    files: { [`.cloud/charts/${'c'.repeat(101)}/Chart.yaml`]: head },
    problems: /too long/,
  },
  { name: 'no Chart.yaml', files: { '.cloud/charts/api/values.yaml': 'a: 1\n' }, problems: /Chart\.yaml/ },
  {
    name: 'a template that is wrong',
    files: chart({ 'templates/a.yaml': '{{ .Values.a.b.c }}\n' }),
    problems: /templates\/a\.yaml:1/,
  },
  {
    name: 'a template that requires',
    files: chart({ 'templates/a.yaml': '{{ required "say .Values.zone" .Values.zone }}\n' }),
    problems: /say \.Values\.zone/,
  },
  {
    name: 'a dependency that is not there',
    files: chart(
      { 'templates/a.yaml': configMap() },
      `${head}dependencies: [{ name: redis, version: 1.x.x, repository: "https://charts.example.com" }]\n`,
    ),
    problems: /redis/,
  },
  {
    name: 'a chart for another Kubernetes',
    files: chart({ 'templates/a.yaml': configMap() }, `${head}kubeVersion: ">=9.0.0"\n`),
    problems: /kubeVersion/,
  },
  {
    name: 'several Services, and none named',
    files: manifests(service('one'), service('two')),
    problems: /several Services/,
  },
  {
    name: 'a Service that is not there',
    files: { ...manifests(service('one')), [preview]: 'service: { name: three }\n' },
    problems: /three/,
  },
  {
    name: 'kinds that are not allowed',
    files: manifests(
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: all }\n',
      `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\n${pod}\n`,
    ),
    problems: /ClusterRole/,
  },
  {
    name: 'fields that are not allowed',
    files: manifests(
      'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { type: LoadBalancer, ports: [{ port: 80 }] }\n',
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { hostNetwork: true, containers: [{ name: web, image: registry.test/web, envFrom: [{ secretRef: { name: avant } }] }] } } }\n`,
    ),
    problems: /hostNetwork/,
  },
  {
    name: 'the host of another',
    files: manifests(
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: a }\nspec: { rules: [{ host: bank.example.com, http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: a, port: { number: 80 } } } }] } }] }\n',
    ),
    problems: /bank\.example\.com/,
  },
  { name: 'manifests that are no YAML', files: manifests('{{ nonsense }\n'), problems: /all\.yaml/ },
  { name: 'manifests without any', files: { '.cloud/manifests/README.md': 'later' }, problems: /has no \.yaml/ },
  {
    name: 'a link in a chart',
    files: chart({ 'templates/a.yaml': { symlink: '../../../../../etc/passwd' } }),
    problems: /symbolic link/,
  },
  { name: 'a submodule in a chart', files: chart({ charts: submodule }), problems: /submodule/ },
  {
    name: 'too many files',
    files: chart(Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`files/${index}`, '']))),
    problems: /502 files/,
  },
  { name: 'a file that is too large', files: chart({ 'files/a': 'x'.repeat(600_000) }), problems: /600000 bytes/ },
  {
    name: 'binary files',
    files: chart(
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`files/${index}`, Buffer.from([0, index])])),
    ),
    problems: /51 files that are no UTF-8/,
  },
  { name: 'names that hide', files: { '.cloud/manifests/a\u202elmay.yaml': configMap() }, problems: /cannot be seen/ },
  {
    name: 'names that are one where case does not count',
    files: { '.cloud/manifests/a.yaml': configMap(), '.cloud/manifests/A.yaml': configMap() },
    problems: /one name/,
  },
];

/** Writes the files into a new directory below the one for temporary files, with `.git` where a submodule is; returns its path. */
export function checkOut({ files }: Pick<Branch, 'files'>): string {
  const dir = mkdtempSync(join(tmpdir(), 'avant-cli-'));
  for (const [path, content] of Object.entries(files)) {
    const full = join(dir, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(full, content);
    else if ('symlink' in content) symlinkSync(content.symlink, full);
    else if ('executable' in content) writeFileSync(full, content.executable, { mode: 0o755 });
    else {
      mkdirSync(full);
      writeFileSync(join(full, '.git'), 'gitdir: ../.git/modules/a\n');
    }
  }
  return dir;
}
