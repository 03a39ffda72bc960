import type { Labelled, Person } from '../../core/facts.ts';
import type { ActorNode, LabeledNode } from './shapes.ts';

/**
 * Returns who an actor of GraphQL is; undefined for an account that is gone, and for what nobody can sign in as (a
 * mannequin of an import, whose login may be somebody else's here). GraphQL leaves out the `[bot]` that REST and the
 * pages of GitHub write behind an App's name.
 */
export function personOf(actor: ActorNode): Person | undefined {
  if (actor?.__typename === 'User') return { login: actor.login, bot: false };
  if (actor?.__typename !== 'Bot') return undefined;
  return { login: `${actor.login.replace(/\[bot\]$/, '')}[bot]`, bot: true };
}

/** The account that GitHub shows in the place of one that is gone; nobody signs in as it. */
const ghost: Person = { login: 'ghost', bot: false };

/**
 * Returns, for each label that is on now, when it was put on the last time and by whom, in the order of the labels. A
 * label without an event among the hundred newest is left out.
 */
export function labelledOf(labels: readonly string[], events: readonly LabeledNode[]): readonly Labelled[] {
  const newest = new Map<string, Omit<Labelled, 'label'>>();
  for (const event of events) {
    if (event === null) continue;
    const name = lowerCase(event.label.name);
    const before = newest.get(name);
    // Of the same second the later one in the list: GitHub gives them in the order of time.
    if (before && before.at > event.createdAt) continue;
    newest.set(name, { by: personOf(event.actor) ?? ghost, at: event.createdAt });
  }
  return labels.flatMap((label) => {
    const event = newest.get(lowerCase(label));
    return event ? [{ label, ...event }] : [];
  });
}

/** ASCII only: `toLowerCase` makes a plain k of the Kelvin sign, which is another label. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
