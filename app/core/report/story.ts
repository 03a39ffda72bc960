import { projectConfigPath } from '../facts.ts';
import type { TenantState } from '../health.ts';
import type { PullRequestRecord } from '../record.ts';
import { inlineText } from './escape.ts';
import { projectExample, type Example } from './example.ts';
import { configWarning, problemList, problemText } from './sections.ts';
import { commitLink, headline, icons, listed, present, running, type StateWords } from './words.ts';

/** What a report tells: one line, paragraphs of Markdown, and the previews to list. */
export type Story = {
  readonly title: StateWords;
  readonly paragraphs: readonly string[];
  /** Previews to be listed with their troubles; empty where the line says it all. */
  readonly states: readonly TenantState[];
  readonly footer: string | undefined;
};

export type StoryInput = {
  readonly record: PullRequestRecord;
  readonly states: readonly TenantState[];
  /** The platform's label. */
  readonly label: string;
  /** What an example for this repository is made of; without it there is none. */
  readonly example: Example | undefined;
};

/** Returns what there is to tell of a pull request; undefined when nobody could be told. */
export function storyOf(input: StoryInput): Story | undefined {
  const { decision } = input.record;
  switch (decision.verdict) {
    case 'wanted':
      return wanted(input);
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
  const shown = present(states);
  const warning = configWarning(record, states);
  const behind = ['ConfigBroken', 'ConfigMissing'].includes(record.decision.reason);
  const title = behind ? { icon: icons.failed, words: 'The newest commit is not deployed' } : headline(running(states));
  return { title, paragraphs: warning === undefined ? [] : [warning], states: shown, footer: footerOf(input) };
}

function notYet(input: StoryInput): Story {
  const { record, example } = input;
  const { decision, facts } = record;
  const head = commitLink(facts.pullRequest.headSha, facts.repository);
  const story = (icon: string, words: string, paragraphs: readonly string[]): Story => ({
    title: { icon, words },
    paragraphs,
    states: lingering(input.states),
    footer: `No preview wanted? Remove ${askingLabels(input)}.`,
  });
  if (decision.reason === 'ConfigMissing') {
    const ask = `There is no \`${projectConfigPath}\` in ${head}. Write one and push it, and the preview starts.`;
    return story(icons.none, `No preview yet: \`${projectConfigPath}\` is missing`, [
      ask,
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
  return story(icons.failed, `No preview yet: \`${projectConfigPath}\` is not valid`, [
    `Correct ${count === 1 ? 'this' : `these ${count} problems`} in ${head} and push, and the preview starts:`,
    problemList(decision.problems),
  ]);
}

function refused(input: StoryInput): Story {
  const { record, states, label } = input;
  const shown = lingering(states);
  if (record.decision.reason === 'Fork') {
    return {
      title: { icon: icons.none, words: 'No preview: the pull request comes from a fork' },
      paragraphs: [
        'A preview runs the code of the branch on the platform, so only branches of this repository get one. Nothing of this pull request was read or run for it.',
        'Somebody who may push here can push the branch to this repository and open a pull request from there.',
      ],
      states: shown,
      footer: undefined,
    };
  }
  return {
    title: { icon: icons.none, words: 'No preview: the label names no tenant of this project' },
    paragraphs: [
      problemText(record.decision.problems),
      `The label ${quoted(label)} asks for all of the project's tenants.`,
    ],
    states: shown,
    footer: undefined,
  };
}

function gone({ record, states, label }: StoryInput): Story {
  const leaving = states.filter(({ phase }) => phase === 'removing');
  const kept = leaving.filter(({ cause }) => cause?.reason === 'TeardownPaused');
  const [it, is, has] = states.length > 1 ? ['The previews', 'are', 'have'] : ['The preview', 'is', 'has'];
  const title = ((): StateWords => {
    if (states.length === 0) return { icon: icons.none, words: 'No preview is asked for' };
    if (kept.length > 0) return { icon: icons.paused, words: `${it} ${is} kept for now` };
    return {
      icon: icons.none,
      words: leaving.length > 0 ? `${it} ${is} being taken away` : `${it} ${has} been taken away`,
    };
  })();
  const back = `${it.toLowerCase()} ${kept.length > 0 ? 'stay' : 'come'}${states.length > 1 ? '' : 's'}${kept.length > 0 ? '' : ' back'}`;
  const why = ((): string => {
    if (record.decision.reason === 'Merged') return 'The pull request was merged.';
    if (record.decision.reason === 'Closed')
      return `The pull request was closed. Open it again with the label ${quoted(label)}, and ${back}.`;
    if (states.length === 0) return `Add the label ${quoted(label)} to get one.`;
    return `The pull request no longer has the label ${quoted(label)}. Add it again, and ${back}.`;
  })();
  return { title, paragraphs: [why], states: lingering(states), footer: undefined };
}

/** Previews that should go and are worth a row: they still answer, or something holds them. */
function lingering(states: readonly TenantState[]): readonly TenantState[] {
  return states.filter(
    ({ phase, cause, serving }) => phase === 'removing' && (cause !== undefined || serving !== undefined),
  );
}

function footerOf(input: StoryInput): string {
  return `Every push is followed. To take ${input.states.length > 1 ? 'the previews' : 'the preview'} away, remove ${askingLabels(input)}.`;
}

/** Returns the very labels that ask, for a sentence: the platform's, and those of the tenants that are known. */
function askingLabels({ record, states, label }: StoryInput): string {
  const asks = new Set([label, ...states.map(({ tenant }) => `${label}/${tenant}`)].map((name) => name.toLowerCase()));
  const asking = record.facts.pullRequest.labels.filter((name) => asks.has(name.toLowerCase()));
  const shown = (asking.length === 0 ? [label] : asking.slice(0, 20)).map(quoted);
  return `the label${shown.length > 1 ? 's' : ''} ${listed(shown)}`;
}

function quoted(text: string): string {
  return inlineText(`\`${text.replaceAll('`', "'")}\``, 120);
}
