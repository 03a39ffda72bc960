import type { PullRequestRecord } from '../record.ts';
import { fenced } from './escape.ts';
import { box, problemText, stays } from './sections.ts';
import type { StoryInput, Told } from './told.ts';
import { commitLink, icons, listed, quoted } from './words.ts';

function whoMay(what: string): string {
  return `People with write permission to this repository may ${what}, and those whom the administrators of the platform have named.`;
}

/** Returns what there is to tell of a pull request that is asked a preview for, and may not have one as it is. */
export function refusedFor(input: StoryInput): Told {
  const { decision } = input.record;
  switch (decision.reason) {
    case 'Fork':
      return unapproved(input);
    case 'ForksNever':
      return forksNever();
    case 'NotAllowed':
      return notAllowed(input);
    case 'LabelUnknown':
      return labelUnknown(input);
    case 'LookAlike':
      return lookAlike(input);
    default:
      return {
        title: { icon: icons.none, words: 'No preview: the label names no tenant of this project' },
        paragraphs: [
          problemText(decision.problems),
          `The label ${quoted(input.label)} asks for all of the project's tenants.`,
        ],
      };
  }
}

function unapproved({ record, states }: StoryInput): Told {
  const { headSha } = record.facts.pullRequest;
  const head = commitLink(headSha, record.facts.repository);
  const until = stays(record, states);
  const words = until === undefined ? `No preview yet: a fork's commit has to be approved` : 'The newest commit is not approved';
  return {
    title: { icon: icons.none, words },
    paragraphs: [
      `A preview runs the code of the branch on the platform, and this one comes from a fork. Nothing of ${head} is read or run before somebody has looked at it and says in a new comment:`,
      // Copied as it is: the whole commit, so that nothing else can be meant.
      ...(/^[0-9a-f]{40,64}$/.test(headSha) ? [fenced([`/preview approve ${headSha}`], 200)] : []),
      `${whoMay('say so')} The commit then runs without the project's secrets, and the next push has to be approved again.`,
      ...(until === undefined ? [] : [`Until then ${until}.`]),
    ],
  };
}

function forksNever(): Told {
  return {
    title: { icon: icons.none, words: 'No preview: the pull request comes from a fork' },
    paragraphs: [
      'A preview runs the code of the branch on the platform, and this platform runs only branches of its own repositories. Nothing of this pull request was read or run for it.',
      'Somebody who may push here can push the branch to this repository and open a pull request from there.',
    ],
  };
}

function notAllowed({ record }: StoryInput): Told {
  const { intent, facts, decision } = record;
  const held = new Set(facts.pullRequest.labels.map((name) => name.toLowerCase()));
  const refused = intent.labellers.filter((one) => !one.may && held.has(one.label.toLowerCase())).slice(0, 10);
  const who = refused.map((one) => `${quoted(one.by)} put the label ${quoted(one.label)} on.`);
  return {
    title: { icon: icons.none, words: 'No preview: who put the label on may not ask for one' },
    paragraphs: [
      who.length === 0 ? problemText(decision.problems) : who.join(' '),
      `${whoMay('ask for previews')} One of them can take ${refused.length > 1 ? 'the labels' : 'the label'} off and put ${refused.length > 1 ? 'them' : 'it'} on again.`,
    ],
  };
}

function labelUnknown({ record, states, label }: StoryInput): Told {
  const names = record.decision.problems.slice(0, 10).map(quoted);
  const labels = `the label${names.length > 1 ? 's' : ''} ${names.length === 0 ? quoted(label) : listed(names)}`;
  const until = stays(record, states);
  return {
    title: { icon: icons.none, words: 'No preview yet: GitHub does not say who asks for it' },
    paragraphs: [
      `GitHub does not tell who put ${labels} on. Take ${names.length > 1 ? 'them' : 'it'} off and on again. ${whoMay('do so')}`,
      ...(until === undefined ? [] : [`Until then ${until}.`]),
    ],
  };
}

function lookAlike({ record, label }: StoryInput): Told {
  const { problems } = record.decision;
  const alike = record.facts.pullRequest.labels.filter((name) => problems.some((problem) => problem.includes(name)));
  const odd = [...new Set(alike.flatMap((name) => Array.from(name).filter((character) => /[^ -~]/.test(character))))];
  const points = odd.slice(0, 5).map((character) => `\`U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? ''}\``);
  return {
    title: { icon: icons.none, words: 'No preview: the label is another one' },
    paragraphs: [
      `${problemText(problems)}${points.length === 0 ? '' : ` What the eye does not see: ${listed(points)}.`}`,
      `Put on the label ${quoted(label)} from the list that GitHub offers, and the preview starts.`,
    ],
  };
}

/** Returns a box that says on whose word a fork's commit runs; undefined for what is no fork. */
export function forkNote({ facts, intent }: PullRequestRecord): string | undefined {
  if (!facts.pullRequest.fork || !intent.approved) return undefined;
  const { sha, by } = intent.approved;
  return box('NOTE', [
    `This pull request comes from a fork. ${commitLink(sha, facts.repository)} was approved by ${quoted(by)} and runs without the project's secrets. The next push has to be approved again.`,
  ]);
}

/** Returns who stopped a preview and how it comes back. */
export function stoppedText({ record, states, label }: StoryInput): string {
  const { stopped } = record.intent;
  const several = states.length > 1;
  const who = stopped === undefined ? 'A command stopped' : `${quoted(stopped.by)} stopped`;
  const back = several ? 'they start' : 'it starts';
  return `${who} ${several ? 'them' : 'it'}. Comment \`/preview\`, or take the label ${quoted(label)} off and put it on again, and ${back} anew.`;
}
