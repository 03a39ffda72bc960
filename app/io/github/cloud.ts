import { createHash } from 'node:crypto';
import * as z from 'zod';
import {
  RenderRefused,
  type Cloud,
  type CloudFile,
  type CloudLimits,
  type GitHubReader,
  type RepositoryName,
} from '../../core/ports.ts';
import { shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';
import { binaryProblem, cloudProblems, isRendered, tooManyListed } from '../../core/cloud-rules.ts';
import { ask, refuseErrors } from './graphql.ts';
import { blobsQuery } from './queries.ts';
import { blobsAnswerShape } from './shapes.ts';

/** Files of so many bytes are kept, those that were used the longest time ago going first. */
const mostKeptBytes = 64 * 1024 * 1024;
/** What a kept answer weighs beside its files. */
const answerBytes = 1_024;
/** How many files one GraphQL query asks for. */
const blobsAtOnce = 50;
const hash = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'expected a Git hash');
const treeShape = z.object({
  truncated: z.boolean(),
  tree: z.array(
    z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: hash, size: z.int().optional() }),
  ),
});
const blobShape = z.object({ content: z.string(), encoding: z.literal('base64') });

type Entry = { readonly path: string; readonly mode: string; readonly sha: string; readonly size: number };
type On = { readonly installation: number; readonly repository: RepositoryName };
type Answer = { readonly cloud: Cloud } | { readonly refused: RenderRefused };

/**
 * Opens the reader of `.cloud/` (`GitHubReader.cloud`). The list of the tree is judged before any file is fetched, and
 * each file is checked against its hash, so that what is kept under a tree's hash is that, whoever asks for it. Refusals
 * are kept likewise: the same tree breaks the same rules.
 */
export function openCloudReader(clients: GitHubClients, limits: CloudLimits): GitHubReader['cloud'] {
  const kept = keepAnswers();
  const running = new Map<string, Promise<Answer>>();
  return async (installation, repository, tree) => {
    if (!hash.safeParse(tree).success) throw new Error('cloud: the hash of a Git tree is expected');
    let answer = kept.get(tree);
    if (!answer) {
      let read = running.get(tree);
      if (!read) {
        read = readCloud(clients, { installation, repository }, tree, limits).finally(() => running.delete(tree));
        running.set(tree, read);
      }
      answer = await read;
      kept.put(tree, answer);
    }
    if ('refused' in answer) throw answer.refused;
    return answer.cloud;
  };
}

function keepAnswers() {
  const answers = new Map<string, Answer>();
  const weight = (answer: Answer) =>
    answerBytes +
    ('cloud' in answer ? answer.cloud.files.reduce((sum, { content }) => sum + content.byteLength, 0) : 0);
  let bytes = 0;
  const drop = (tree: string, answer: Answer) => {
    answers.delete(tree);
    bytes -= weight(answer);
  };
  return {
    get(tree: string): Answer | undefined {
      const answer = answers.get(tree);
      if (!answer) return undefined;
      answers.delete(tree);
      answers.set(tree, answer);
      return answer;
    },
    put(tree: string, answer: Answer): void {
      const before = answers.get(tree);
      if (before) drop(tree, before);
      answers.set(tree, answer);
      bytes += weight(answer);
      for (const [oldest, other] of answers) {
        if (bytes <= mostKeptBytes) break;
        drop(oldest, other);
      }
    },
  };
}

async function readCloud(clients: GitHubClients, on: On, tree: string, limits: CloudLimits): Promise<Answer> {
  try {
    const entries = await listTree(clients, on, tree);
    const problems = cloudProblems(entries, limits);
    if (problems.length > 0) throw new RenderRefused(problems);
    const contents = await readBlobs(clients, on, entries);
    const files = entries.map(({ path, sha, size }): CloudFile => {
      const content = contents.get(sha);
      if (content?.byteLength !== size) throw new Error(`GitHub gave another size of ${sha} than its tree says`);
      return { path, content };
    });
    return { cloud: { tree, files } };
  } catch (error) {
    if (error instanceof RenderRefused) return { refused: error };
    throw error;
  }
}

/**
 * Returns the files in the tree that rendering looks at, in the order of their paths. GitHub lists up to 100,000 entries and 7
 * MB at once ("Get a tree", docs.github.com).
 */
async function listTree(clients: GitHubClients, on: On, tree: string): Promise<readonly Entry[]> {
  const { owner, name } = on.repository;
  const { rest } = clients.installation(on.installation);
  const { data } = await rest.git.getTree({ owner, repo: name, tree_sha: tree, recursive: '1' });
  const { truncated, tree: entries } = shaped(treeShape, data, 'GitHub on the tree of .cloud');
  if (truncated) {
    throw new RenderRefused([tooManyListed]);
  }
  return entries
    .filter(({ type, path }) => type !== 'tree' && isRendered(path))
    .map(({ path, mode, type, sha, size }) => {
      if (type === 'blob' && size === undefined) throw new Error('GitHub gave no size of a file');
      return { path, mode, sha, size: size ?? 0 };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readBlobs(
  clients: GitHubClients,
  on: On,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = [...new Set(entries.map(({ sha }) => sha))];
  const contents = new Map<string, Uint8Array>();
  for (let start = 0; start < wanted.length; start += blobsAtOnce) {
    for (const [sha, content] of await readTexts(clients, on, wanted.slice(start, start + blobsAtOnce))) {
      contents.set(sha, content);
    }
  }
  const binary = wanted.filter((sha) => !contents.has(sha));
  const problem = binaryProblem(binary.length);
  if (problem !== undefined) throw new RenderRefused([problem]);
  for (const sha of binary) contents.set(sha, await readBinary(clients, on, sha));
  return contents;
}

/**
 * Returns those of some files that GitHub gives as text and whole. What it has changed on the way (it reads other
 * encodings than UTF-8 as well) does not fit the hash, and is left to `readBinary`.
 */
async function readTexts(clients: GitHubClients, on: On, shas: readonly string[]): Promise<Map<string, Uint8Array>> {
  const oids = Object.fromEntries(shas.map((sha, index) => [`oid${index}`, sha]));
  const { data, errors } = await ask(clients, on.installation, blobsQuery(shas.length), { ...on.repository, ...oids });
  refuseErrors(errors);
  const { repository } = shaped(blobsAnswerShape, data, 'GitHub on the files of .cloud');
  const texts = new Map<string, Uint8Array>();
  for (const [index, sha] of shas.entries()) {
    const blob = repository[`blob${index}`];
    if (blob?.__typename !== 'Blob') throw new Error(`GitHub gave no file ${sha}`);
    if (blob.isBinary !== false || blob.isTruncated !== false || typeof blob.text !== 'string') continue;
    const content = Buffer.from(blob.text);
    if (hashOf(content, sha) === sha) texts.set(sha, content);
  }
  return texts;
}

async function readBinary(clients: GitHubClients, on: On, sha: string): Promise<Uint8Array> {
  const { owner, name } = on.repository;
  const { data } = await clients.installation(on.installation).rest.git.getBlob({ owner, repo: name, file_sha: sha });
  const content = Buffer.from(shaped(blobShape, data, 'GitHub on a file of .cloud').content, 'base64');
  if (hashOf(content, sha) !== sha) throw new Error(`GitHub gave another file than ${sha}`);
  return content;
}

/** Git's name of a file: SHA-1, or in repositories that have it SHA-256, which is longer. */
function hashOf(content: Uint8Array, like: string): string {
  const algorithm = like.length === 64 ? 'sha256' : 'sha1';
  return createHash(algorithm).update(`blob ${content.byteLength}\0`).update(content).digest('hex');
}
