import type { GraphQLResolveInfo } from 'graphql';
import type { Comment, PullRequest, TimelineItem } from '../world/model.ts';
import { nodeId } from '../world/ids.ts';
import { time } from '../shapes/account.ts';
import { connection } from './connection.ts';
import { actorOf, typedError, type Args, type Fields } from './context.ts';

type LabelItem = Extract<TimelineItem, { what: 'labeled' | 'unlabeled' }>;

/** A label put on or taken off. */
export type LabelEventNode = { kind: 'LabeledEvent' | 'UnlabeledEvent'; pull: PullRequest; item: LabelItem };

/** The kinds of items that this sandbox shows in GraphQL. */
const known = { LABELED_EVENT: 'labeled', UNLABELED_EVENT: 'unlabeled', ISSUE_COMMENT: 'commented' } as const;

/** The kinds asked for. Throws for others, so that none is missed in silence. */
function kindsAsked(args: Args): Set<string> {
  const asked = args['itemTypes'] as string[] | null | undefined;
  return new Set(
    (asked ?? ['all types']).map((type) => {
      if (Object.hasOwn(known, type)) return known[type as keyof typeof known];
      const names = Object.keys(known).join(', ');
      throw typedError('NOT_IN_THIS_SANDBOX', `timelineItems of ${type} are not in this sandbox: ask for ${names}.`);
    }),
  );
}

type Placed = { at: number; id: number; node: LabelEventNode | Comment };

function placed(pull: PullRequest, item: TimelineItem): Placed | undefined {
  const at = item.at.getTime();
  if (item.what === 'commented') return { at, id: item.comment.id, node: item.comment };
  if (item.what !== 'labeled' && item.what !== 'unlabeled') return undefined;
  const kind = item.what === 'labeled' ? 'LabeledEvent' : 'UnlabeledEvent';
  return { at, id: item.id, node: { kind, pull, item } };
}

/** What happened to a pull request, oldest first: `timelineItems(itemTypes:)`. */
export function timelineItems(pull: PullRequest, args: Args, info: GraphQLResolveInfo) {
  const kinds = kindsAsked(args);
  if (args['skip']) throw typedError('NOT_IN_THIS_SANDBOX', 'timelineItems(skip:) is not in this sandbox.');
  const since = Date.parse(String(args['since'])) || 0;
  const fits = (item: TimelineItem): boolean => kinds.has(item.what) && item.at.getTime() >= since;
  const items = pull.timeline.flatMap((item) => (fits(item) ? (placed(pull, item) ?? []) : []));
  items.sort((a, b) => a.at - b.at || a.id - b.id);
  const page = connection(items, args, info, ({ at, id }) => [at, id]);
  return {
    ...page,
    nodes: page.nodes.map(({ node }) => node),
    edges: page.edges.map(({ node, cursor }) => ({ node: node.node, cursor })),
    pageCount: page.nodes.length,
    updatedAt: time(pull.updatedAt),
  };
}

export const labelEventFields: Fields<LabelEventNode> = {
  id: ({ kind, pull, item }) => nodeId(kind === 'LabeledEvent' ? 'LE' : 'UNLE', pull.repository.id, item.id),
  actor: ({ item }) => actorOf(item.by),
  createdAt: ({ item }) => time(item.at),
  label: ({ item }) => item.label,
  labelable: ({ pull }) => pull,
};
