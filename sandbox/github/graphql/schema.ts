import { readFileSync } from 'node:fs';
import { buildSchema, GraphQLInt, GraphQLScalarType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';

let built: GraphQLSchema | undefined;

/**
 * GitHub's ids outgrew GraphQL's 32-bit Int, and where the schema says `databaseId: Int` GitHub gives the large number
 * all the same (https://github.com/obmarg/cynic/issues/711).
 */
const wideInt = new GraphQLScalarType<number>({ name: 'Int', serialize: Number });

/** GitHub's published schema, built at the first call (0.2 s) and kept. */
export function githubSchema(): GraphQLSchema {
  if (built) return built;
  const file = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
  built = buildSchema(readFileSync(file, 'utf8'), { assumeValidSDL: true });
  for (const type of Object.values(built.getTypeMap())) {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()['databaseId'] : undefined;
    if (field?.type === GraphQLInt) field.type = wideInt;
  }
  return built;
}
