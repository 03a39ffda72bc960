import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { mayDo, maySee, type Need, type Viewer } from '../auth.ts';
import type { Account, Repository } from '../world/model.ts';
import type { World } from '../world/world.ts';
import type { RateLimit } from '../limits.ts';

/** What every resolver is given. */
export type Context = {
  world: World;
  viewer: Viewer;
  /** The login that acts. */
  by: string;
  budget: RateLimit;
  /** Points that this query takes. */
  cost: number;
  /** Nodes that this query may touch at most. */
  nodeCount: number;
  /** A fault: the field at this path fails. */
  failAt: { path: readonly (string | number)[]; message: string; type: string } | undefined;
};

export type Args = Record<string, unknown>;
export type Resolver<Source> = (source: Source, args: Args, context: Context, info: GraphQLResolveInfo) => unknown;
export type Fields<Source> = Record<string, Resolver<Source>>;

/** An error with GitHub's `type` beside the message. */
export function typedError(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

/** Throws GitHub's FORBIDDEN unless the viewer has one of the permissions. */
export function requirePermission(context: Context, ...needs: Need[]): void {
  if (!mayDo(context.viewer, needs)) throw typedError('FORBIDDEN', 'Resource not accessible by integration');
}

/** Who did something; nobody, where GitHub knows the account no more. */
export function actorOf(account: Account): Account | null {
  return account.deleted ? null : account;
}

/** The repository if the viewer may see it. */
export function visible(context: Context, repository: Repository | undefined): Repository | undefined {
  return repository && !repository.deleted && maySee(context.viewer, repository) ? repository : undefined;
}
