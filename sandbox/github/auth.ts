import { createPublicKey, randomBytes, verify, type KeyObject } from 'node:crypto';
import type { Account, Installation, Permissions, RegisteredApp, Repository } from './world/model.ts';
import type { World } from './world/world.ts';
import { covers } from './world/repositories.ts';
import { accountOf, botLogin, loginPattern } from './world/state.ts';
import { Refusal } from './refusal.ts';

/**
 * Who asks. By the API a person may do everything to every repository here, as roles hold on the pages only; an
 * installation what its token allows.
 */
export type Viewer =
  | { as: 'anonymous' }
  /** `registered`: an App that was made from a manifest and is not the one that this GitHub acts for. */
  | { as: 'app'; registered?: RegisteredApp | undefined }
  | { as: 'installation'; account: Account; token: InstallationToken }
  | { as: 'person'; account: Account };

export type InstallationToken = {
  token: string;
  installation: Installation;
  expiresAt: Date;
  permissions: Permissions;
  /** The repositories that the token was narrowed to, null for all of the installation's. */
  repositories: Set<Repository> | null;
};

export type Tokens = {
  /** A new token for an installation, good for one hour. */
  issue(installation: Installation, permissions: Permissions, repositories: Set<Repository> | null): InstallationToken;
  /** Makes a token useless at once. */
  revoke(token: string): void;
  /** Reads an Authorization header. Throws GitHub's 401 for what is wrong, or 403 for a suspended installation. */
  identify(authorization: string | undefined): Viewer;
};

/** GitHub's installation tokens live an hour; an App's own token at most ten minutes. */
const tokenLife = 3_600_000;
const longestJwt = 600;

/** Issues and recognises the tokens of one GitHub. */
export function createTokens(world: World, publicKeyPem: string): Tokens {
  const issued = new Map<string, InstallationToken>();
  const started = createPublicKey(publicKeyPem);
  return {
    issue: (installation, permissions, repositories) => {
      const expiresAt = new Date(world.state.now().getTime() + tokenLife);
      const made = {
        token: `ghs_${randomBytes(27).toString('base64url').replace(/[-_]/g, '0')}`,
        installation,
        expiresAt,
        permissions,
        repositories,
      };
      issued.set(made.token, made);
      return made;
    },
    revoke: (token) => {
      issued.delete(token);
    },
    identify: (authorization) => {
      if (authorization === undefined) return { as: 'anonymous' };
      const token = /^(?:bearer|token)\s+(\S+)$/i.exec(authorization)?.[1];
      if (token === undefined) throw new Refusal(401, 'Bad credentials');
      if (/^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
        return { as: 'app', registered: verifyAppJwt(token, started, world) };
      }
      if (token.startsWith('ghs_')) return identifyInstallation(world, issued.get(token));
      return { as: 'person', account: personOf(world, token) };
    },
  };
}

function identifyInstallation(world: World, token: InstallationToken | undefined): Viewer {
  if (!token || token.expiresAt <= world.state.now() || token.installation.deleted) {
    throw new Refusal(401, 'Bad credentials');
  }
  if (token.installation.suspendedAt) throw new Refusal(403, 'This installation has been suspended');
  return { as: 'installation', account: accountOf(world.state, botLogin(world.state)), token };
}

/** A token that could be a login is that person's; any other is octocat's. */
function personOf(world: World, token: string): Account {
  const known = world.state.accounts.get(token.toLowerCase());
  if (!loginPattern.test(token) || (known && known.kind !== 'User')) return accountOf(world.state, 'octocat');
  return accountOf(world.state, token);
}

function decodePart(part: string | undefined): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  return value as Record<string, unknown>;
}

/** Returns the registered App that signed it, undefined where it is the one that this GitHub acts for. */
function verifyAppJwt(jwt: string, started: KeyObject, world: World): RegisteredApp | undefined {
  const undecodable = new Refusal(401, 'A JSON web token could not be decoded');
  const [head, body, signature] = jwt.split('.');
  let claims: Record<string, unknown>;
  try {
    if (decodePart(head)['alg'] !== 'RS256') throw undecodable;
    claims = decodePart(body);
  } catch {
    throw undecodable;
  }
  const { identity, publicKey } = world.state.app;
  const ours = Number(claims['iss']) === identity.id;
  const registered = ours ? undefined : world.state.registered.get(Number(claims['iss']));
  const key = ours ? publicKey : registered?.publicKey;
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${body}`),
    key === undefined ? started : createPublicKey(key),
    Buffer.from(signature ?? '', 'base64url'),
  );
  if (!signed) throw undecodable;
  const now = world.state.now().getTime() / 1000;
  const { exp, iat } = claims;
  if (typeof exp !== 'number' || exp <= now) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + longestJwt + 60) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (typeof iat !== 'number' || iat > now + 1) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (!ours && !registered) throw new Refusal(404, 'Integration not found');
  return registered;
}

/** Whether this viewer may see the repository at all. */
export function maySee(viewer: Viewer, repository: Repository): boolean {
  if (viewer.as === 'person') return true;
  if (viewer.as !== 'installation') return false;
  const { installation, repositories } = viewer.token;
  return covers(installation, repository) && (repositories === null || repositories.has(repository));
}

/** A permission and its level, for example `{ issues: 'write' }`. */
export type Need = Permissions;

/** Whether the viewer has at least one of the needed permissions. `metadata: read` goes with every token. */
export function mayDo(viewer: Viewer, needs: readonly Need[]): boolean {
  if (viewer.as === 'person') return true;
  if (viewer.as !== 'installation') return false;
  const granted: Permissions = { metadata: 'read', ...viewer.token.permissions };
  const has = ([name, level]: [string, string]): boolean => granted[name] === 'write' || granted[name] === level;
  return needs.length === 0 || needs.some((need) => Object.entries(need).every(has));
}
