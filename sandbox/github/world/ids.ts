// Node ids have GitHub's own form: a prefix, "_", and MessagePack of [0, id] or [0, repository id, id] in base64url.
// That is what gives `R_kgDO…` and `PR_kwDO…`.

const firstIds = {
  // Real magnitudes, so that whoever keeps an id in 32 bits finds out here.
  account: 9_000_000,
  repository: 700_000_000,
  pull: 1_900_000_000,
  issue: 2_200_000_000,
  label: 6_000_000_000,
  comment: 3_100_000_000,
  reaction: 300_000_000,
  event: 22_000_000_000,
  status: 36_000_000_000,
  app: 1_200_000,
  checkSuite: 38_000_000_000,
  checkRun: 41_000_000_000,
  deployment: 2_900_000_000,
  deploymentStatus: 4_100_000_000,
  installation: 60_000_000,
  delivery: 170_000_000_000,
} as const;

export type IdKind = keyof typeof firstIds;

/** A counter per kind; the same sequence of calls gives the same ids. */
export function createIds(): (kind: IdKind) => number {
  const last = new Map<IdKind, number>();
  return (kind) => {
    const id = (last.get(kind) ?? firstIds[kind]) + 1;
    last.set(kind, id);
    return id;
  };
}

function packInteger(value: number): Buffer {
  if (value <= 0xffffffff) {
    const packed = Buffer.alloc(5, 0xce);
    packed.writeUInt32BE(value, 1);
    return packed;
  }
  const packed = Buffer.alloc(9, 0xcf);
  packed.writeBigUInt64BE(BigInt(value), 1);
  return packed;
}

function packString(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([Buffer.from([0xd9, bytes.length]), bytes]);
}

/** The node id of something that stands alone (`id`) or inside a repository (`repositoryId`, then `id`). */
export function nodeId(prefix: string, ...parts: (number | string)[]): string {
  const packed = parts.map((part) => (typeof part === 'number' ? packInteger(part) : packString(part)));
  return `${prefix}_${Buffer.concat([Buffer.from([0x90 + parts.length + 1, 0]), ...packed]).toString('base64url')}`;
}

/**
 * Reads back an id made of a repository's id and a text, as Git objects and refs have; undefined for any other text.
 */
export function readTextNodeId(id: string): { prefix: string; repositoryId: number; text: string } | undefined {
  const at = id.lastIndexOf('_', 4);
  if (at < 0) return undefined;
  const bytes = Buffer.from(id.slice(at + 1), 'base64url');
  if (bytes.length < 9 || bytes[0] !== 0x93 || bytes[1] !== 0 || bytes[2] !== 0xce || bytes[7] !== 0xd9)
    return undefined;
  const text = bytes.subarray(9);
  if (text.length !== bytes[8]) return undefined;
  return { prefix: id.slice(0, at), repositoryId: bytes.readUInt32BE(3), text: text.toString('utf8') };
}
