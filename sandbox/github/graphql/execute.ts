import {
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type OperationDefinitionNode,
} from 'graphql';
import { Refusal } from '../refusal.ts';
import { callerOf } from '../viewer.ts';
import { costOf } from './cost.ts';
import { typedError, type Context, type Fields } from './context.ts';
import { blobFields, commitFields, entryFields, refFields, treeFields } from './gitFields.ts';
import { commentFields, reactionFields, reactionGroupFields } from './commentFields.ts';
import { labelFields, pullFields } from './pullFields.ts';
import { accountFields, appFields, repositoryFields } from './repositoryFields.ts';
import { checkRunFields, checkSuiteFields, deploymentFields, deploymentStatusFields } from './reportFields.ts';
import { rollupFields, statusContextFields } from './rollupFields.ts';
import { mutationFields, queryFields } from './rootFields.ts';
import { githubSchema } from './schema.ts';
import { labelEventFields } from './timelineFields.ts';
import type { Limits, RateLimit } from '../limits.ts';

/** The types with fields of their own here. What is not named is not in this sandbox. */
const fields: Record<string, Fields<never>> = {
  Query: queryFields,
  Mutation: mutationFields,
  Repository: repositoryFields,
  User: accountFields,
  Organization: accountFields,
  Bot: accountFields,
  App: appFields,
  PullRequest: pullFields,
  Label: labelFields,
  IssueComment: commentFields,
  Reaction: reactionFields,
  ReactionGroup: reactionGroupFields,
  LabeledEvent: labelEventFields,
  UnlabeledEvent: labelEventFields,
  Ref: refFields,
  Commit: commitFields,
  Tree: treeFields,
  TreeEntry: entryFields,
  Blob: blobFields,
  StatusCheckRollup: rollupFields,
  StatusContext: statusContextFields,
  CheckSuite: checkSuiteFields,
  CheckRun: checkRunFields,
  Deployment: deploymentFields,
  DeploymentStatus: deploymentStatusFields,
};

const resolveField: GraphQLFieldResolver<unknown, Context> = (source, args: Record<string, unknown>, context, info) => {
  refuseIfFaulty(context, info.path);
  const { name } = info.parentType;
  const table = fields[name];
  const resolver = table && Object.hasOwn(table, info.fieldName) ? table[info.fieldName] : undefined;
  if (resolver) return resolver(source as never, args, context, info);
  // Connections, pages and payloads are plain values that have what is asked for, or not.
  if (!table && typeof source === 'object' && source !== null && Object.hasOwn(source, info.fieldName)) {
    return (source as Record<string, unknown>)[info.fieldName];
  }
  throw typedError('NOT_IN_THIS_SANDBOX', `${name}.${info.fieldName} is not in this sandbox.`);
};

type Path = { prev: Path | undefined; key: string | number };

function refuseIfFaulty(context: Context, path: Path): void {
  const { failAt } = context;
  if (!failAt) return;
  let at: Path | undefined = path;
  for (const key of failAt.path.toReversed()) {
    if (!at || (key !== '*' && key !== at.key)) return;
    at = at.prev;
  }
  if (!at) throw typedError(failAt.type, failAt.message);
}

/** Documents already read, by their text; a client sends few different ones. */
const known = new Map<string, DocumentNode | readonly GraphQLError[]>();
const mostKnown = 500;

function read(query: string): DocumentNode | readonly GraphQLError[] {
  const seen = known.get(query);
  if (seen) return seen;
  let result: DocumentNode | readonly GraphQLError[];
  try {
    const document = parse(query);
    const errors = validate(githubSchema(), document);
    result = errors.length > 0 ? errors : document;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    result = [error];
  }
  if (known.size >= mostKnown) known.clear();
  known.set(query, result);
  return result;
}

export type GraphqlRequest = { query: string; variables: Record<string, unknown>; operationName: string | undefined };

/** Reads a request's body. Throws GitHub's 400 for what is none. */
export function graphqlRequestOf(body: unknown): GraphqlRequest {
  const { query, variables, operationName } =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  if (typeof query !== 'string' || query.trim() === '')
    throw new Refusal(400, 'A query attribute must be specified and must be a string.');
  if (variables !== null && variables !== undefined && typeof variables !== 'object')
    throw new Refusal(400, 'Variables must be a JSON object.');
  return {
    query,
    variables: (variables ?? {}) as Record<string, unknown>,
    operationName: typeof operationName === 'string' ? operationName : undefined,
  };
}

/** The operation's name, or its first fields, for the request log. */
export function describeOperation(request: GraphqlRequest): string {
  const document = read(request.query);
  if (!('kind' in document)) return 'invalid';
  const operation = getOperationAST(document, request.operationName);
  if (operation?.name) return `${operation.operation} ${operation.name.value}`;
  const names = operation?.selectionSet.selections.map((one) => (one.kind === Kind.FIELD ? one.name.value : '…'));
  return `${operation?.operation ?? 'query'} ${[...new Set(names)].join(',')}`;
}

type Asker = Omit<Context, 'budget' | 'cost' | 'nodeCount'>;

/** Runs a query as GitHub does: what is wrong with it comes as errors in an answer of status 200. */
export async function runGraphql(request: GraphqlRequest, asker: Asker, limits: Limits): Promise<object> {
  const document = read(request.query);
  if (!('kind' in document)) return { errors: document.map(errorShape) };
  const operation = getOperationAST(document, request.operationName);
  if (!operation) return { errors: [{ message: 'No operation named as asked for, or several and none chosen.' }] };
  try {
    return answerShape(await runOperation(document, operation, request, asker, limits));
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [errorShape(error)] };
    throw error;
  }
}

async function runOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  request: GraphqlRequest,
  asker: Asker,
  limits: Limits,
): Promise<ExecutionResult> {
  const cost = costOf(document, operation, request.variables);
  const budget = spend(limits, callerOf(asker.viewer), cost.points);
  const context: Context = { ...asker, budget, cost: cost.points, nodeCount: cost.nodes };
  return execute({
    schema: githubSchema(),
    document,
    contextValue: context,
    variableValues: request.variables,
    operationName: request.operationName ?? null,
    fieldResolver: resolveField,
    typeResolver: (value) => (value as { kind: string }).kind,
  });
}

/** Unlike REST, GraphQL says in an answer of status 200 that the budget is used up. */
function spend(limits: Limits, caller: string, points: number): RateLimit {
  try {
    return limits.spend(caller, 'graphql', points);
  } catch (error) {
    throw error instanceof Refusal ? typedError('RATE_LIMITED', error.message) : error;
  }
}

function answerShape(result: ExecutionResult): object {
  const data = result.data === undefined ? {} : { data: result.data };
  return result.errors ? { ...data, errors: result.errors.map(errorShape) } : data;
}

function errorShape(error: GraphQLError): object {
  const { path, locations, message, extensions, originalError } = error;
  const type = originalError instanceof Refusal ? 'UNPROCESSABLE' : extensions['type'];
  return {
    ...(type === undefined ? {} : { type }),
    ...(path ? { path } : {}),
    ...(locations ? { locations } : {}),
    message,
  };
}
