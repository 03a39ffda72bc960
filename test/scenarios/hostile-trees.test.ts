import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Changes } from '../../sandbox/github/world/git.ts';
import { until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { clusterWrites, label, startPlatform, visit, type Platform } from '../support/platform.ts';

const path = (name: string): string => `.cloud/manifests/${name}`;

const good = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "registry.test/\${app}:\${sha}", env: [{ name: TENANT, value: "\${tenant}" }, { name: SHA, value: "\${sha}" }], ports: [{ name: nginx, containerPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: nginx, port: 8080, targetPort: nginx }] }
`;

const many = (count: number, content: string): Changes => Object.fromEntries(Array.from({ length: count }, (_, index) => [path(`file-${index}.yaml`), content]));
const laughs = `a: &a [l, l, l, l, l, l, l, l, l, l]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index] ?? ''}`).join(', ')}]`).join('\n')}\n`;

/** What a branch may bring, and what the comment says of it. Each beside manifests that would do by themselves. */
const trees: readonly (readonly [string, Changes, RegExp])[] = [
  ['a symbolic link', { [path('passwd.yaml')]: { symlink: '/etc/passwd' } }, /passwd\.yaml` is a symbolic link/],
  ['a link to a folder above', { [path('up')]: { symlink: '../../..' } }, /manifests\/up` is a symbolic link/],
  ['a submodule', { [path('library')]: { submodule: '4fe2d1c0b9a8f7e6d5c4b3a2918f7e6d5c4b3a29' } }, /library` is a submodule/],
  ['a folder of manifests that is a link', { [path('web.yaml')]: null, '.cloud/manifests': { symlink: 'elsewhere' } }, /\.cloud: manifests is a symbolic link/],
  ['six hundred files', many(600, 'a: b\n'), /601 files; 500 are the most/],
  ['a file of a megabyte', { [path('large.yaml')]: `# ${'x'.repeat(1_000_000)}\n` }, /large\.yaml` has `1000003` bytes; 524288 are the most/],
  ['three megabytes in small files', many(6, `# ${'x'.repeat(500_000)}\n`), /bytes; `2097152` are the most/],
  ['names that differ in case', { [path('Web.yaml')]: 'a: b\n' }, /one name where case/],
  ['a name that turns the line around', { [path('\u202Elmay.web')]: 'a: b\n' }, /cannot be seen/],
  ['a path of twenty folders', { [path(`${'a/'.repeat(20)}deep.yaml`)]: 'a: b\n' }, /names deep; 12 are the most/],
  ['text of a million laughs', { [path('laughs.yaml')]: laughs }, /laughs\.yaml/],
  ['text that is no YAML', { [path('broken.yaml')]: 'a: [\n' }, /broken\.yaml/],
  ['bytes that are no text', { [path('bytes.yaml')]: new Uint8Array([0x80, 0xff, 0x00, 0x01]) }, /bytes\.yaml/],
];

describe('hostile folders', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  test('manifests alone make a preview, which the others would have too', async () => {
    const project = platform.project('plain');
    const number = project.open('feature', { '.cloud/preview.yaml': 'tenants: [fr]\n', [path('web.yaml')]: good });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    assert.match((await visit(platform, `plain-${number}-fr.preview.test`)).body, /for fr$/);
  });

  for (const [index, [what, files, says]] of trees.entries()) {
    test(`${what}: told, and nothing is written to the cluster; once it is out, the preview comes`, async () => {
      const project = platform.project(`bad${index}`);
      const number = project.open('feature', { '.cloud/preview.yaml': 'tenants: [fr]\n', [path('web.yaml')]: good, ...files });
      platform.kubernetes.requests.clear();
      platform.world.addLabel(project.repo, number, label);
      const pull = platform.world.pullRequest(project.repo, number);
      await until(`the comment says ${String(says)}`, () => says.test(ourComments(pull)[0] ?? '')).catch((error: unknown) => {
        throw new Error(`${String(error)}; it says\n${ourComments(pull)[0] ?? 'nothing'}`, { cause: error });
      });
      assert.deepEqual(clusterWrites(platform).filter((write) => !/ \/api\/v1\/namespaces\/avant\/configmaps/.test(write)), []);

      const out = Object.fromEntries(Object.keys(files).map((name) => [name, null]));
      project.push('feature', { ...out, [path('web.yaml')]: good });
      await converge(platform);
    });
  }

  test('what ran before stays, and answers, while the newest commit is refused', async () => {
    const project = platform.project('before');
    const number = project.open('feature', { '.cloud/preview.yaml': 'tenants: [fr]\n', [path('web.yaml')]: good });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    const pull = platform.world.pullRequest(project.repo, number);
    const page = (await visit(platform, `before-${number}-fr.preview.test`)).body;
    platform.kubernetes.requests.clear();
    project.push('feature', { [path('link.yaml')]: { symlink: 'web.yaml' } });
    await until('it is told', () => /link\.yaml` is a symbolic link/.test(ourComments(pull)[0] ?? ''));
    assert.equal((await visit(platform, `before-${number}-fr.preview.test`)).body, page);
    assert.deepEqual(clusterWrites(platform).filter((write) => !/ \/api\/v1\/namespaces\/avant\/configmaps/.test(write)), []);
  });
});
