import { gzipSync } from 'node:zlib';
import { api, type Files } from './cloud.ts';
import { packed, tgz } from './tgz.ts';

/** A chart that must be refused: which problem must be among those told. It names the file, and the field where there is one. */
export type HostileChart = { readonly name: string; readonly files: Files; readonly refused: RegExp };

const head = 'apiVersion: v2\nname: api\nversion: 0.1.0\n';
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';

/** A chart with one template. */
const template = (text: string, more: Files = {}): Files => api({ 'templates/a.yaml': text, ...more });
const metadata = (text: string, more: Files = {}): Files => api({ 'templates/a.yaml': configMap, ...more }, text);
const dependency = (fields: string, more: Files = {}): Files => metadata(`${head}dependencies:\n  - ${fields}\n`, more);
const schema = (value: object | string): Files => template(configMap, { 'values.schema.json': typeof value === 'string' ? value : JSON.stringify(value), 'values.yaml': 'a: 1\n' });
const archive = (content: Uint8Array): Files => template(configMap, { 'charts/sub-1.0.0.tgz': content });
const sub = 'apiVersion: v2\nname: sub\nversion: 1.0.0\n';
const nested = (depth: number): Files =>
  Object.fromEntries(Array.from({ length: depth }, (_, index) => [`${Array.from({ length: index + 1 }, (__, level) => `charts/s${level}`).join('/')}/Chart.yaml`, `apiVersion: v2\nname: s${index}\nversion: 1.0.0\n`]));
const laughs = `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array.from({ length: 9 }, () => `*a${index}`).join(', ')}]`).join('\n')}\n`;

/** The ids are those of the list of bad inputs that this suite was written from. */
export const hostileCharts: readonly HostileChart[] = [
  // Dependencies (B62).
  { name: 'B62 a dependency at file://../../x', files: dependency('{ name: x, version: 1.0.0, repository: "file://../../x" }'), refused: /charts\/api\/Chart\.yaml dependencies\[0\]\.repository: is "file:\/\/\.\.\/\.\.\/x", which leads out of the chart.*helm dependency build/ },
  { name: 'B62 a dependency at file:///etc', files: dependency('{ name: x, version: 1.0.0, repository: "file:///etc" }'), refused: /Chart\.yaml dependencies\[0\]\.repository: is "file:\/\/\/etc", which leads out/ },
  { name: 'B62 a dependency at https', files: dependency('{ name: redis, version: 1.0.0, repository: "https://attacker.example" }'), refused: /dependencies\[0\]\.repository: is "https:\/\/attacker\.example", which is not read: "redis" is not in charts\/ — run `helm dependency build`/ },
  { name: 'B62 a dependency at oci', files: dependency('{ name: redis, version: 1.0.0, repository: "oci://attacker.example/x" }'), refused: /dependencies\[0\]\.repository: is "oci:/ },
  { name: 'B62 a dependency at git+ssh', files: dependency('{ name: redis, version: 1.0.0, repository: "git+ssh://git@attacker.example/x" }'), refused: /dependencies\[0\]\.repository: is "git\+ssh:/ },
  { name: 'B62 a dependency at @alias', files: dependency('{ name: redis, version: 1.0.0, repository: "@stable" }'), refused: /dependencies\[0\]\.repository: is "@stable"/ },
  { name: 'B62 a dependency without a repository that is not vendored', files: dependency('{ name: redis, version: 1.0.0 }'), refused: /dependencies\[0\]\.name: "redis" is not in charts\// },
  { name: 'B62 a dependency without a name', files: dependency('{ version: 1.0.0 }'), refused: /dependencies\[0\]\.name: is missing/ },
  { name: 'B62 dependencies that are no list', files: metadata(`${head}dependencies: redis\n`), refused: /Chart\.yaml dependencies: is no list/ },
  { name: 'B62 two dependencies with one alias', files: metadata(`${head}dependencies:\n  - { name: sub, version: 1.0.0, alias: x }\n  - { name: sub, version: 1.0.0, alias: x }\n`, { 'charts/sub/Chart.yaml': sub }), refused: /dependencies\[1\]\.alias: is "x", as another's is/ },
  { name: 'B62 a dependency of requirements.yaml', files: metadata('apiVersion: v1\nname: api\nversion: 0.1.0\n', { 'requirements.yaml': 'dependencies:\n  - { name: redis, version: 1.0.0, repository: "https://x.example" }\n' }), refused: /requirements\.yaml dependencies\[0\]\.repository: is "https:/ },
  { name: 'B62 a requirements.yaml that renames the chart', files: metadata(head, { 'requirements.yaml': 'name: ../../x\n' }), refused: /requirements\.yaml name: has no place here/ },
  // Archives (B63).
  { name: 'B63 an archive of 64 KiB that unpacks to 64 MiB', files: archive(gzipSync(Buffer.alloc(64 * 1024 * 1024))), refused: /charts\/sub-1\.0\.0\.tgz: unpacks to more than a chart may have/ },
  { name: 'B63 an archive that says a file is larger than it is', files: archive(tgz([{ name: 'sub/Chart.yaml', content: sub, size: 8 * 1024 * 1024 * 1024 - 1 }])), refused: /sub-1\.0\.0\.tgz: ends in the middle of a file/ },
  { name: 'B63 an archive of many files', files: archive(tgz(Array.from({ length: 3_000 }, (_, index) => ({ name: `sub/templates/${index}.yaml` })))), refused: /sub-1\.0\.0\.tgz: has more files than a chart may have/ },
  { name: 'B63 a symbolic link in an archive', files: archive(tgz([{ name: 'sub/Chart.yaml', content: sub }, { name: 'sub/values.yaml', type: '2', link: '/etc/passwd' }])), refused: /sub-1\.0\.0\.tgz: has a symbolic link: sub\/values\.yaml/ },
  { name: 'B63 a hard link in an archive', files: archive(tgz([{ name: 'sub/Chart.yaml', content: sub }, { name: 'sub/values.yaml', type: '1', link: '/etc/passwd' }])), refused: /has a hard link: sub\/values\.yaml/ },
  { name: 'B63 a device in an archive', files: archive(tgz([{ name: 'sub/zero', type: '3' }])), refused: /has a device: sub\/zero/ },
  { name: 'B63 a path out of an archive', files: archive(tgz([{ name: 'sub/../../../../tmp/x', content: 'x' }])), refused: /sub-1\.0\.0\.tgz: sub\/\.\.\/.* is no plain path/ },
  { name: 'B63 an absolute path in an archive', files: archive(tgz([{ name: '/etc/x', content: 'x' }])), refused: /sub-1\.0\.0\.tgz: \/etc\/x is no plain path/ },
  { name: 'B63 a path out of an archive in an extended header', files: archive(tgz([{ name: 'pax', type: 'x', content: '20 path=../../../../x\n' }, { name: 'sub/a', content: 'x' }])), refused: /sub-1\.0\.0\.tgz: .*(?:is no plain path|cannot be read)/ },
  { name: 'B63 a backslash in a path of an archive', files: archive(tgz([{ name: 'sub\\..\\..\\x', content: 'x' }, { name: 'sub/..\\x', content: 'x' }])), refused: /sub-1\.0\.0\.tgz: / },
  { name: 'B63 the same file twice in an archive', files: archive(tgz([{ name: 'sub/Chart.yaml', content: sub }, { name: 'sub/Chart.yaml', content: sub }])), refused: /has sub\/Chart\.yaml twice/ },
  { name: 'B63 an archive that is none', files: archive(Buffer.from('hello')), refused: /sub-1\.0\.0\.tgz: is no gzip archive/ },
  { name: 'B63 a gzip that has no tar', files: archive(gzipSync('x'.repeat(2_000))), refused: /sub-1\.0\.0\.tgz: is no tar archive/ },
  { name: 'B63 an archive without files', files: archive(tgz([])), refused: /sub-1\.0\.0\.tgz: has no files/ },
  { name: 'B63 an archive in an archive that unpacks to too much', files: archive(tgz([{ name: 'sub/Chart.yaml', content: sub }, { name: 'sub/charts/deep-1.0.0.tgz', content: gzipSync(Buffer.alloc(64 * 1024 * 1024)) }])), refused: /sub-1\.0\.0\.tgz\/charts\/deep-1\.0\.0\.tgz: unpacks to more/ },
  { name: 'B63 a hundred charts in each other', files: template(configMap, nested(40)), refused: /charts\/s6: is more than 6 charts deep/ },
  { name: 'B63 a hundred charts beside each other', files: template(configMap, Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`charts/s${index}/Chart.yaml`, `apiVersion: v2\nname: s${index}\nversion: 1.0.0\n`]))), refused: /charts\/api\/charts: has more than 50 charts/ },
  { name: 'B63 a subchart named as its parent', files: template(configMap, { 'charts/sub/Chart.yaml': head }), refused: /charts\/sub\/Chart\.yaml name: is "api", as that of a chart that it is in/ },
  { name: 'B63 a folder with the name of an archive', files: template(configMap, { 'charts/x.tgz/Chart.yaml': sub }), refused: /charts\/x\.tgz: is a folder with the name of an archive/ },
  { name: 'B63 an archive beside its folder', files: template(configMap, { 'charts/sub/Chart.yaml': sub, 'charts/sub.tgz': packed('sub', { 'Chart.yaml': sub }) }), refused: /charts\/sub\.tgz: is there as a folder, too/ },
  { name: 'B63 a file in charts/ that is no chart', files: template(configMap, { 'charts/README.md': 'hello' }), refused: /charts\/README\.md: is no chart/ },
  { name: 'B63 a subchart without a Chart.yaml', files: template(configMap, { 'charts/sub/values.yaml': 'a: 1\n' }), refused: /charts\/sub\/Chart\.yaml: is missing/ },
  // Schemas (B64).
  { name: 'B64 a schema with $ref to /dev/zero', files: schema({ properties: { a: { $ref: 'file:///dev/zero' } } }), refused: /values\.schema\.json properties\.a\.\$ref: is "file:\/\/\/dev\/zero", which leads out of the file/ },
  { name: 'B64 a schema with $ref to /dev/zero as a path', files: schema({ $ref: '/dev/zero' }), refused: /values\.schema\.json \$ref: is "\/dev\/zero"/ },
  { name: 'B64 a schema with $ref to the network', files: schema({ allOf: [{ $ref: 'http://169.254.169.254/latest/meta-data' }] }), refused: /values\.schema\.json allOf\.0\.\$ref: is "http:/ },
  { name: 'B64 a schema whose $schema is on the network', files: schema({ $schema: 'https://attacker.example/schema' }), refused: /values\.schema\.json \$schema: is "https:/ },
  { name: 'B64 a schema with $dynamicRef to a file', files: schema({ $defs: { x: { $dynamicRef: 'file:///etc/passwd#x' } } }), refused: /\$defs\.x\.\$dynamicRef: is "file:/ },
  { name: 'B64 a schema that refers to itself and nothing else', files: schema({ $ref: '#' }), refused: /charts\/api/ },
  { name: 'B64 a schema that is no JSON', files: schema('{'), refused: /values\.schema\.json: is not valid JSON/ },
  { name: 'B64 a schema nested 100,000 deep', files: schema(`${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}`), refused: /charts\/api/ },
  { name: 'B64 values that do not fit', files: schema({ type: 'object', required: ['port'], properties: { a: { type: 'string' } } }), refused: /charts\/api\/values\.schema\.json: the values do not fit: at '\/a': got number, want string/ },
  // Chart.yaml (B65).
  { name: 'B65 the name ..', files: metadata('apiVersion: v2\nname: ".."\nversion: 0.1.0\n'), refused: /Chart\.yaml name: is "\.\."/ },
  { name: 'B65 the name .', files: metadata('apiVersion: v2\nname: .\nversion: 0.1.0\n'), refused: /Chart\.yaml name: is "\."/ },
  { name: 'B65 the name a/b', files: metadata('apiVersion: v2\nname: a/b\nversion: 0.1.0\n'), refused: /Chart\.yaml name: is "a\/b"/ },
  { name: 'B65 a name of 300 characters', files: metadata(`apiVersion: v2\nname: ${'a'.repeat(300)}\nversion: 0.1.0\n`), refused: /Chart\.yaml name: is "a+…"/ },
  { name: 'B65 no name', files: metadata('apiVersion: v2\nversion: 0.1.0\n'), refused: /Chart\.yaml name: is missing/ },
  { name: 'B65 a name that is a number', files: metadata('apiVersion: v2\nname: 12\nversion: 0.1.0\n'), refused: /Chart\.yaml name: is not text/ },
  { name: 'B65 the version ../', files: metadata('apiVersion: v2\nname: api\nversion: ../\n'), refused: /Chart\.yaml version: is "\.\.\/"/ },
  { name: 'B65 no version', files: metadata('apiVersion: v2\nname: api\n'), refused: /Chart\.yaml version: is missing/ },
  { name: 'B65 a null maintainer', files: metadata(`${head}maintainers: [null]\n`), refused: /Chart\.yaml maintainers must not contain empty or null nodes/ },
  { name: 'B65 apiVersion v3', files: metadata('apiVersion: v3\nname: api\nversion: 0.1.0\n'), refused: /Chart\.yaml apiVersion: is "v3" — write v2/ },
  { name: 'B65 a library chart', files: metadata(`${head}type: library\n`), refused: /Chart\.yaml type: is library/ },
  { name: 'B65 an unknown type', files: metadata(`${head}type: exploit\n`), refused: /Chart\.yaml type: is "exploit"/ },
  { name: 'B65 kubeVersion >99', files: metadata(`${head}kubeVersion: ">99"\n`), refused: /Chart\.yaml kubeVersion: is >99 which is incompatible with Kubernetes v1\.36\.1/ },
  { name: 'B65 Name beside name', files: metadata(`${head}Name: ../x\n`), refused: /Chart\.yaml Name: is not how the key is written — write name/ },
  { name: 'B65 a Chart.yaml that is a list', files: metadata('- a\n'), refused: /Chart\.yaml: is not one map/ },
  { name: 'B65 a Chart.yaml of two documents', files: metadata(`${head}---\nname: b\n`), refused: /Chart\.yaml: is not one map/ },
  { name: 'B65 a Chart.yaml with a key twice', files: metadata(`${head}name: b\n`), refused: /Chart\.yaml:4: the key name is here twice/ },
  // Templates that never end, or take all there is (B66).
  { name: 'B66 range over a thousand million', files: template('{{ range until 1000000000 }}x{{ end }}'), refused: /charts\/api: rendering it takes .* — look for loops/ },
  { name: 'B66 loops in loops', files: template('{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}'), refused: /charts\/api: rendering it takes .* — look for loops/ },
  { name: 'B66 a template that includes itself', files: template('{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}'), refused: /templates\/a\.yaml:1:47: at <include "r" \.>: the template includes itself without end/ },
  { name: 'B66 a template that is itself', files: template('{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}'), refused: /charts\/api(?:\/templates\/a\.yaml:1:\d+)?: .*(?:exceeded maximum template depth|rendering it takes)/ },
  { name: 'B66 repeat of a thousand million', files: template('x: {{ repeat 1000000000 "x" }}'), refused: /charts\/api: (?:rendering it takes|renders to more)/ },
  { name: 'B66 doubling a text', files: template('{{ $x := "x" }}{{ range until 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ $x }}'), refused: /charts\/api: (?:rendering it takes|renders to more)/ },
  { name: 'B66 more output than there may be', files: template(`${configMap}data: { a: {{ repeat 9000000 "x" }} }\n`), refused: /charts\/api: renders to more than the 8192 KiB/ },
  { name: 'B66 tpl of values that call themselves', files: template('x: {{ tpl .Values.t . }}', { 'values.yaml': 't: "{{ tpl .Values.t . }}"\n' }), refused: /charts\/api: rendering it takes/ },
  { name: 'B66 many private keys', files: template('{{ range until 1000 }}# {{ genPrivateKey "rsa" | sha256sum }}\n{{ end }}'), refused: /charts\/api: rendering it takes/ },
  { name: 'B66 fail', files: template('{{ fail "not\\nhere" }}'), refused: /^\.cloud\/charts\/api\/templates\/a\.yaml:1:3: not here$/ },
  { name: 'B66 required', files: template('x: {{ required "say .Values.foo" .Values.foo }}'), refused: /^\.cloud\/charts\/api\/templates\/a\.yaml:1:6: say \.Values\.foo$/ },
  { name: 'B66 fail with everything in it', files: template('{{ fail (toJson .) }}'), refused: /templates\/a\.yaml:1:3: .* … / },
  { name: 'B66 fail with characters that do not show', files: template('{{ fail "a\u202Eb\\x1b[31m" }}'), refused: /templates\/a\.yaml:1:3: a\\u\{202e\}b\\u\{1b\}\[31m/ },
  // What templates may not reach (B69).
  { name: 'B69 env', files: template('x: {{ env "PRIVATE_KEY" }}'), refused: /templates\/a\.yaml:1: function "env" not defined/ },
  { name: 'B69 expandenv', files: template('x: {{ expandenv "$HOME" }}'), refused: /templates\/a\.yaml:1: function "expandenv" not defined/ },
  // Files that are not what they are called (B146), and encodings (B147).
  { name: 'B146 an empty Chart.yaml', files: metadata(''), refused: /Chart\.yaml: is empty/ },
  { name: 'B146 a folder called Chart.yaml', files: { 'charts/api/Chart.yaml/x': 'x', 'charts/api/templates/a.yaml': configMap }, refused: /charts\/api\/Chart\.yaml: is a folder/ },
  { name: 'B146 a file called charts', files: template(configMap, { charts: 'x' }), refused: /charts\/api\/charts: is a file/ },
  { name: 'B146 a Chart.yml', files: { 'charts/api/Chart.yml': head }, refused: /Chart\.yaml: is missing — rename Chart\.yml/ },
  { name: 'B146 no Chart.yaml', files: { 'charts/api/values.yaml': 'a: 1\n' }, refused: /Chart\.yaml: is missing/ },
  { name: 'B146 no folder', files: { 'charts/web/Chart.yaml': head }, refused: /charts\/api: there is no such folder/ },
  { name: 'B146 a file that is a folder, too', files: template(configMap, { 'templates/a.yaml/b': 'x' }), refused: /charts\/api\/templates\/a\.yaml\/b: is in a folder that is a file/ },
  { name: 'B147 a Chart.yaml in Latin-1', files: metadata('', { 'Chart.yaml': Buffer.from(`${head}description: caf\xe9\n`, 'latin1') }), refused: /Chart\.yaml: is not UTF-8 — save it as UTF-8/ },
  { name: 'B147 a Chart.yaml in UTF-16', files: metadata('', { 'Chart.yaml': Buffer.from(`\uFEFF${head}`, 'utf16le') }), refused: /Chart\.yaml: is UTF-16 — save it as UTF-8/ },
  { name: 'B147 a template in Latin-1', files: template('', { 'templates/a.yaml': Buffer.from(`${configMap}data: { a: caf\xe9 }\n`, 'latin1') }), refused: /templates\/a\.yaml: what it renders to is not valid YAML|is not UTF-8/ },
  { name: 'B147 a comment in Latin-1', files: template('', { 'templates/a.yaml': Buffer.from(`# caf\xe9\n${configMap}`, 'latin1') }), refused: /templates\/a\.yaml: what it renders to is not valid YAML|is not UTF-8/ },
  { name: 'B147 a NUL', files: template(`${configMap}data: { a: "\0" }\n`), refused: /charts\/api.*(?:control characters|NUL)/ },
  // Paths (B34, B37): a reader of GitHub gives none of these; helm's folder is made of them all the same.
  { name: 'B34 a path that leads out', files: template(configMap, { '../../../../tmp/x': 'x' }), refused: /is no plain path/ },
  { name: 'B34 a backslash', files: template(configMap, { 'templates\\x': 'x' }), refused: /has a character in its name/ },
  { name: 'B34 a line break in a name', files: template(configMap, { 'templates/x\ny': 'x' }), refused: /templates\/x\\u\{a\}y: has a character in its name/ },
  { name: 'B34 a name of 300 characters', files: template(configMap, { [`templates/${'a'.repeat(300)}`]: 'x' }), refused: /has a name of more than 255 bytes/ },
  { name: 'B34 an empty name', files: template(configMap, { 'templates//x': 'x' }), refused: /is no plain path/ },
  // YAML (B55 to B57), in what helm reads and in what it writes.
  { name: 'B55 a billion laughs in Chart.yaml', files: metadata(head + laughs), refused: /Chart\.yaml:\d+: has too many/ },
  { name: 'B55 a billion laughs in values.yaml', files: template(configMap, { 'values.yaml': laughs }), refused: /charts\/api\/values\.yaml: .*aliasing/ },
  { name: 'B55 a billion laughs in what is rendered', files: template(configMap + laughs), refused: /charts\/api/ },
  { name: 'B55 a hundred thousand aliases', files: template(`${configMap}data:\n  a: &a x\n{{ range until 100000 }}  b{{ . }}: *a\n{{ end }}`), refused: /templates\/a\.yaml: .*too many|rendering it takes|takes longer/ },
  { name: 'B55 a map that merges itself', files: template(`${configMap}data: &d\n  <<: *d\n`), refused: /charts\/api/ },
  { name: 'B56 five thousand brackets', files: template(`${configMap}data: ${'['.repeat(5_000)}\n`), refused: /charts\/api/ },
  { name: 'B56 a Chart.yaml of five thousand brackets', files: metadata(`${head}x: ${'['.repeat(5_000)}\n`), refused: /Chart\.yaml:4: is nested more than 64 levels deep/ },
  { name: 'B56 a list a hundred deep', files: template(`${configMap}data: ${'['.repeat(100)}${']'.repeat(100)}\n`), refused: /templates\/a\.yaml: is nested more than 64 levels deep/ },
  { name: 'B56 two thousand documents', files: template(`{{ range until 2000 }}---\n${configMap}{{ end }}`), refused: /charts\/api.*: has too many documents/ },
  { name: 'B56 a key twice', files: template(`${configMap}data: { a: x }\ndata: { b: y }\n`), refused: /templates\/a\.yaml: the key data is here twice \(rendered: data: \{ b: y \}\) — keep one of the two/ },
  { name: 'B56 an anchor to itself', files: template(`${configMap}x: &x [*x]\n`), refused: /templates\/a\.yaml: .*contains itself/ },
  { name: 'B56 a tag', files: template(`${configMap}x: !!python/object:os.system ls\n`), refused: /templates\/a\.yaml: the tag .* is not read/ },
  { name: 'B56 __proto__', files: template(`${configMap}__proto__: { x: 1 }\n`), refused: /templates\/a\.yaml: __proto__ cannot be a key/ },
  { name: 'B56 text instead of an object', files: template('hello\n'), refused: /charts\/api\/templates\/a\.yaml: / },
  { name: 'B56 a list instead of an object', files: template(`- ${configMap.replaceAll('\n', '\n  ')}\n`), refused: /charts\/api\/templates\/a\.yaml: / },
  { name: 'B56 a number too large', files: template(`${configMap}spec: { x: 99999999999999999 }\n`), refused: /templates\/a\.yaml: 99999999999999999 is too large a number.*write it in quotes/ },
  { name: 'B57 a template that is no YAML', files: template('a: [b\nc: d\n'), refused: /templates\/a\.yaml: what it renders to is not valid YAML: line 1/ },
  { name: 'B57 a template with tabs', files: template('a:\n\tb: c\n'), refused: /templates\/a\.yaml: what it renders to is not valid YAML: / },
  { name: 'values.yaml that is a list', files: template(configMap, { 'values.yaml': '- a\n' }), refused: /charts\/api\/values\.yaml: / },
  { name: 'values-preview.yaml that is no YAML', files: template(configMap, { 'values-preview.yaml': 'a: b: c\n' }), refused: /charts\/api\/values-preview\.yaml: / },
  { name: 'values-fr.yaml that is a list', files: template(configMap, { 'values-fr.yaml': '- a\n' }), refused: /charts\/api\/values-fr\.yaml: / },
  { name: 'a value that is not there', files: template('x: {{ .Values.a.b.c }}\n'), refused: /^\.cloud\/charts\/api\/templates\/a\.yaml:1:13: at <\.Values\.a\.b\.c>: nil pointer evaluating interface \{\}\.b$/ },
  { name: 'a template that is not there', files: template('x: {{ include "nope" . }}\n'), refused: /templates\/a\.yaml:1:6: at <include "nope" \.>: .*no template "nope"/ },
  { name: 'a template that does not end', files: template('{{ if true }}\n'), refused: /templates\/a\.yaml:\d+: unexpected EOF/ },
  { name: 'a mistake in a vendored chart', files: template(configMap, { 'charts/sub-1.0.0.tgz': packed('sub', { 'Chart.yaml': sub, 'templates/x.yaml': '{{ fail "here" }}' }) }), refused: /^\.cloud\/charts\/api\/charts\/sub-1\.0\.0\.tgz\/templates\/x\.yaml:1:3: here$/ },
  { name: 'an ignore file that helm cannot read', files: template(configMap, { '.helmignore': '**/x\n' }), refused: /charts\/api: .*\*\*/ },
  // Chance: what would be another object at each look.
  { name: 'a name made by chance', files: template('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "a-{{ randAlphaNum 8 | lower }}" }\n'), refused: /templates\/a\.yaml: the name of ConfigMap\/a-\w+ is another each time/ },
  { name: 'a Deployment with a password of its own', files: template('apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: a, env: [{ name: P, value: "{{ randAlphaNum 8 }}" }] }] } } }\n'), refused: /templates\/a\.yaml: Deployment\/a has another spec\.template\.spec\.containers\[0\]\.env\[0\]\.value each time/ },
  { name: 'objects that come and go', files: template(`{{ range until (int (add 1 (randNumeric 2))) }}---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: "a{{ randAlpha 20 | lower }}" }\n{{ end }}`), refused: /charts\/api.*: (?:renders to \d+ objects, then to \d+|the name of)/ },
];
