import { projectConfigPath } from '../facts.ts';
import { isOurLabel, sameLabel } from '../labels.ts';
import type { TenantState } from '../health.ts';
import { projectExample } from './example.ts';
import { forkNote, refusedFor, stoppedText } from './people.ts';
import { configWarning, nothingIn, problemList, problemText } from './sections.ts';
import type { StoryInput, Told } from './told.ts';
import { waitingFor } from './waiting.ts';
import { commitLink, headline, icons, listed, present, quoted, running, type StateWords } from './words.ts';

/** What a report tells: one line, paragraphs of Markdown, and the previews to list. */
export type Story = Told & {
  /** Previews to be listed with their troubles; empty where the line says it all. */
  readonly states: readonly TenantState[];
  readonly footer: string | undefined;
};

/** Returns what there is to tell of a pull request; undefined when nobody could be told. */
export function storyOf(input: StoryInput): Story | undefined {
  const { decision } = input.record;
  switch (decision.verdict) {
    case 'wanted':
      return wanted(input);
    case 'waiting':
      return { ...waitingFor(input), states: present(input.states), footer: footerOf(input) };
    case 'invalid':
      return running(input.states).length > 0 ? wanted(input) : notYet(input);
    case 'refused':
      return refused(input);
    case 'not-wanted':
      return decision.reason === 'Missing' ? undefined : gone(input);
  }
}

function wanted(input: StoryInput): Story {
  const { record, states } = input;
  const behind = ['ConfigBroken', 'ConfigMissing'].includes(record.decision.reason);
  const title = behind
    ? { icon: icons.failed, words: 'The newest commit is not deployed' }
    : headline(running(states));
  const paragraphs = [configWarning(record, states), forkNote(record)].filter((text) => text !== undefined);
  return { title, paragraphs, states: present(states), footer: footerOf(input) };
}

function notYet(input: StoryInput): Story {
  const { record, example } = input;
  const { decision, facts } = record;
  const head = commitLink(facts.pullRequest.headSha, facts.repository);
  const story = (icon: string, words: string, paragraphs: readonly string[]): Story => ({
    title: { icon, words },
    paragraphs,
    states: lingering(input.states),
    footer: `No preview wanted? Remove ${askingLabels(input)}. ${commands}`,
  });
  if (decision.reason === 'ConfigMissing') {
    return story(icons.none, 'No preview yet: there is nothing to deploy in `.cloud/`', [
      `${nothingIn(head)}. Write one of them and push it, and the preview starts.`,
      ...(example ? [projectExample(facts.repository, example)] : []),
    ]);
  }
  if (decision.reason === 'NameHeld') {
    return story(icons.failed, 'No preview: the name is taken', [
      problemText(decision.problems),
      'The first repository that uses a name keeps it. An administrator of the platform can give this one another name.',
    ]);
  }
  const count = decision.problems.length;
  const where = facts.config.kind === 'absent' || facts.cloud.kind === 'unreadable' ? '.cloud/' : projectConfigPath;
  return story(icons.failed, `No preview yet: \`${where}\` is not valid`, [
    `Correct ${count === 1 ? 'this' : `these ${count} problems`} in ${head} and push, and the preview starts:`,
    problemList(decision.problems),
  ]);
}

function refused(input: StoryInput): Story {
  const told = refusedFor(input);
  // What ran before may run on until somebody has his say.
  const states = running(input.states).length > 0 ? present(input.states) : lingering(input.states);
  return { ...told, states, footer: input.record.decision.reason === 'Fork' ? commands : undefined };
}

function gone(input: StoryInput): Story {
  const { record, states, label } = input;
  const { reason } = record.decision;
  const stopped = reason === 'Stopped';
  const leaving = states.filter(({ phase }) => phase === 'removing');
  const kept = leaving.filter(({ cause }) => cause?.reason === 'TeardownPaused');
  const [it, is, has] = states.length > 1 ? ['The previews', 'are', 'have'] : ['The preview', 'is', 'has'];
  const title = ((): StateWords => {
    if (kept.length > 0) return { icon: icons.paused, words: `${it} ${is} kept for now` };
    if (leaving.length > 0) return { icon: icons.none, words: `${it} ${is} being taken away` };
    if (stopped) return { icon: icons.none, words: `${it} ${is} stopped` };
    if (states.length === 0) return { icon: icons.none, words: 'No preview is asked for' };
    return { icon: icons.none, words: `${it} ${has} been taken away` };
  })();
  const back = `${it.toLowerCase()} ${kept.length > 0 ? 'stay' : 'come'}${states.length > 1 ? '' : 's'}${kept.length > 0 ? '' : ' back'}`;
  const why = ((): string => {
    if (reason === 'Merged') return 'The pull request was merged.';
    if (reason === 'Closed')
      return `The pull request was closed. Open it again with the label ${quoted(label)}, and ${back}.`;
    if (stopped) return stoppedText(input);
    if (states.length === 0) return `Add the label ${quoted(label)} to get one.`;
    return `The pull request no longer has the label ${quoted(label)}. Add it again, and ${back}.`;
  })();
  return { title, paragraphs: [why], states: lingering(states), footer: stopped ? commands : undefined };
}

/** Previews that should go and are worth a row: they still answer, something holds them, or they left something behind. */
function lingering(states: readonly TenantState[]): readonly TenantState[] {
  return states.filter(
    ({ phase, cause, serving }) =>
      (phase === 'removing' && (cause !== undefined || serving !== undefined)) ||
      (phase === 'removed' && cause !== undefined),
  );
}

const commands = 'Commands: comment `/preview help`.';

function footerOf(input: StoryInput): string {
  const push = input.record.facts.pullRequest.fork ? 'Every push has to be approved again' : 'Every push is followed';
  const them = input.states.length > 1 ? 'the previews' : 'the preview';
  return `${push}. To take ${them} away, remove ${askingLabels(input)}. ${commands}`;
}

/** Returns the very labels that ask, for a sentence: the platform's, and those of the tenants that are known. */
function askingLabels({ record, states, label }: StoryInput): string {
  const ours = record.facts.pullRequest.labels.filter((name) => isOurLabel(name, label));
  const tenants = states.map(({ tenant }) => `${label}/${tenant}`);
  const asking = ours.filter((name) => [label, ...tenants].some((known) => sameLabel(name, known)));
  // While there are no previews, nobody knows of tenants yet.
  const shown = [asking, ours, [label]].find((names) => names.length > 0) ?? [];
  return `the label${shown.length > 1 ? 's' : ''} ${listed(shown.slice(0, 20).map(quoted))}`;
}
