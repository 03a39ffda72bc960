import type { AwaitedCheck, PullRequestRecord } from '../record.ts';
import { box, noteOf, stays } from './sections.ts';
import type { StoryInput, Told } from './told.ts';
import { commitLink, fitting, icons, linkedName, quoted, running } from './words.ts';

/** Returns what there is to tell while a commit waits for CI, or CI is against it. */
export function waitingFor(input: StoryInput): Told {
  const { record } = input;
  const told = byReason[record.decision.reason] ?? waits;
  const { title, paragraphs } = told(input, record.decision.awaited ?? []);
  const note = noteOf(record.decision.problems);
  return { title, paragraphs: [...paragraphs, ...(note === undefined ? [] : [note])] };
}

/** Says whether CI is against the commit, so that somebody has to do something. */
export function isHeldByChecks({ decision }: PullRequestRecord): boolean {
  return decision.verdict === 'waiting' && (decision.reason === 'ChecksFailed' || decision.reason === 'ChecksTimedOut');
}

const byReason: Readonly<Record<string, typeof waits>> = {
  ChecksFailed: failed,
  ChecksTimedOut: timedOut,
  ChecksUnreadable: unreadable,
};

function waits(input: StoryInput, awaited: readonly AwaitedCheck[]): Told {
  const [only, second] = awaited;
  const what = only === undefined ? 'CI' : second === undefined ? quoted(only.name) : `${awaited.length} checks`;
  const head = headOf(input);
  const until = stays(input.record, input.states);
  return {
    title: { icon: icons.moving, words: `Waiting for ${what}` },
    paragraphs: [
      `${head} is deployed as soon as CI lets it through:`,
      checkList(awaited),
      ...(until === undefined ? [] : [`Until then ${until}.`]),
    ],
  };
}

function failed(input: StoryInput, awaited: readonly AwaitedCheck[]): Told {
  const red = awaited.filter(({ state }) => state === 'failure').length;
  return {
    title: { icon: icons.failed, words: `${notDeployed(input)}: ${red > 1 ? 'checks' : 'a check'} failed` },
    paragraphs: against(input, awaited, [
      'CI does not let',
      'Push a correction, or run CI again: once it is green, the commit is deployed.',
    ]),
  };
}

function timedOut(input: StoryInput, awaited: readonly AwaitedCheck[]): Told {
  const absent = awaited.some(({ state }) => state === 'absent');
  const name = absent
    ? ' A check that is never reported may have another name: `waitFor` has to say it as GitHub shows it.'
    : '';
  return {
    title: { icon: icons.failed, words: `${notDeployed(input)}: CI takes too long` },
    paragraphs: against(input, awaited, [
      'In the time that `waitFor` allows, CI did not let',
      `Once it is green, the commit is deployed all the same.${name}`,
    ]),
  };
}

function against(
  input: StoryInput,
  awaited: readonly AwaitedCheck[],
  [who, advice]: readonly [string, string],
): readonly string[] {
  const until = stays(input.record, input.states);
  return [
    `${who} ${headOf(input)} through:`,
    checkList(awaited),
    ...(until === undefined ? [] : [`${until.slice(0, 1).toUpperCase()}${until.slice(1)}.`]),
    `**What to do:** ${advice}`,
  ];
}

function unreadable(input: StoryInput): Told {
  const until = stays(input.record, input.states);
  const { owner } = input.record.facts.repository;
  return {
    title: { icon: icons.moving, words: 'Waiting for CI, which cannot be read' },
    paragraphs: [
      box('WARNING', [
        `${headOf(input)} waits for the checks that \`waitFor\` names, but the App has not been given permission to read checks and commit statuses here.`,
        '',
        `An owner of ${quoted(owner)} can give it: in the settings of the account, among its GitHub Apps, this one asks for a review of new permissions. Then nothing more has to be done.`,
      ]),
      ...(until === undefined ? [] : [`Until then ${until}.`]),
    ],
  };
}

function notDeployed({ states }: StoryInput): string {
  return running(states).length === 0 ? 'No preview yet' : 'The newest commit is not deployed';
}

function headOf({ record: { facts } }: StoryInput): string {
  return commitLink(facts.pullRequest.headSha, facts.repository);
}

const states: Readonly<Record<AwaitedCheck['state'], string>> = {
  absent: 'not reported yet',
  pending: 'running',
  failure: 'failed',
};

/** Longest list of checks, in UTF-16 units of Markdown. */
const maxChecks = 6_000;

function checkList(awaited: readonly AwaitedCheck[]): string {
  const items = awaited.map(({ name, state, url }) => `- ${linkedName(name, url)}: ${states[state]}`);
  const shown = fitting(items, '\n', maxChecks);
  return [...shown, ...(shown.length < items.length ? [`- … and ${items.length - shown.length} more.`] : [])].join('\n');
}
