import type { Cause, CauseReason } from '../cause.ts';
import type { Facts } from '../facts.ts';
import type { Link, TenantState } from '../health.ts';
import type { PullRequestRecord } from '../record.ts';
import { inlineText } from './escape.ts';

/** How a preview's state is told: a mark for the eye, and words. */
export type StateWords = { readonly icon: string; readonly words: string };

export const icons = { live: '🟢', moving: '🟡', failed: '🔴', none: '⚪', paused: '⏸️' } as const;

/** Returns how a preview's state is told. */
function stateWords({ phase, cause, serving, sha }: TenantState): StateWords {
  switch (phase) {
    case 'live':
      return { icon: icons.live, words: 'Live' };
    case 'updating':
    case 'starting':
      return {
        icon: icons.moving,
        words: (cause && waitingWords[cause.reason]) ?? (phase === 'updating' ? 'Updating' : 'Starting'),
      };
    case 'failed':
      return { icon: icons.failed, words: serving !== undefined && serving !== sha ? 'Update failed' : 'Failed' };
    case 'blocked':
      return { icon: icons.failed, words: 'Not set up' };
    case 'removing':
      return cause?.reason === 'TeardownPaused'
        ? { icon: icons.paused, words: 'Kept for now' }
        : { icon: icons.none, words: 'Being taken away' };
    case 'removed':
      return { icon: icons.none, words: 'Taken away' };
  }
}

const waitingWords: Partial<Record<CauseReason, string>> = {
  ImageNotFound: 'Waiting for its image',
  ImageMissing: 'Waiting for its image',
  SetupRunning: 'Setting up',
  Unschedulable: 'Waiting for room',
  NamespaceTerminating: 'Waiting',
  NotAnswering: 'Not answering yet',
};

/** What went wrong, in a few words: the heading of its section, and the end of a sentence. */
const causeTitles: Readonly<Record<CauseReason, string>> = {
  NameHeld: 'the name is taken',
  NamespaceTerminating: 'waiting for the earlier one to go',
  ApplyFailed: 'the cluster did not take it',
  RemoveFailed: 'it could not be taken away',
  TeardownPaused: 'kept for now',
  RenderFailed: 'its files cannot be rendered',
  Refused: 'the platform does not allow it',
  ImageMissing: 'the image is not in the registry',
  SecretMissing: 'a secret is missing',
  SetupFailed: 'a setup Job failed',
  TeardownFailed: 'a teardown Job failed',
  ImageNotFound: 'the image is not in the registry',
  ImageDenied: 'the registry refuses the image',
  ImagePullFailed: 'the image cannot be fetched',
  ImageNameInvalid: 'the image name is not valid',
  ImageAbsent: 'the image is not on the cluster',
  SettingMissing: 'the container cannot be set up',
  CannotStart: 'the container cannot be started',
  Crashed: 'the program crashes',
  Exited: 'the program ends by itself',
  OutOfMemory: 'out of memory',
  Unschedulable: 'no room in the cluster',
  QuotaExceeded: 'the quota is used up',
  PodRefused: 'the cluster does not allow it',
  NotReady: 'it does not answer',
  Stalled: 'it does not get ready',
  HeldByOld: 'an earlier pod is in the way',
  SetupRunning: 'a setup Job is running',
  JobFailed: 'a Job failed',
  DeadEnd: 'its link leads nowhere',
  NotAnswering: 'its link does not answer yet',
  AnswersError: 'it answers with an error',
  VisitsFail: 'visitors meet errors',
};

/** Returns what went wrong in a few words, in lower case. */
export function causeTitle({ reason }: Cause): string {
  return causeTitles[reason];
}

/** States that a report speaks of: a preview that has gone is no longer one. */
export function present(states: readonly TenantState[]): readonly TenantState[] {
  return states.filter(({ phase }) => phase !== 'removed');
}

/** Previews that should run. */
export function running(states: readonly TenantState[]): readonly TenantState[] {
  return states.filter(({ phase }) => phase !== 'removed' && phase !== 'removing');
}

/** Returns one line on previews that should run, without a full stop, and its mark. */
export function headline(states: readonly TenantState[]): StateWords {
  const [only, second] = states;
  if (!only) return { icon: icons.moving, words: 'The preview is being set up' };
  const icon =
    states.map((state) => stateWords(state).icon).toSorted((a, b) => gravity.indexOf(b) - gravity.indexOf(a))[0] ??
    icons.moving;
  return { icon, words: second ? headlineOfMany(states) : headlineOfOne(only) };
}

const gravity: readonly string[] = [icons.live, icons.moving, icons.failed];

function headlineOfOne(state: TenantState): string {
  const { phase, serving, sha, cause } = state;
  const moving = phase === 'updating' || phase === 'starting';
  // What stops while the rest is not up yet is no news for a headline.
  const told = cause && !(moving && (cause.reason === 'Crashed' || cause.reason === 'Exited'));
  const why = told ? `: ${causeTitle(cause)}` : '';
  if (phase === 'live') return 'The preview is live';
  if (phase === 'updating') return `The preview is being updated${why}`;
  if (phase === 'starting') return `The preview is starting${why}`;
  if (phase === 'blocked') return `The preview is not set up${why}`;
  return (serving !== undefined && serving !== sha ? 'The preview was not updated' : 'The preview failed') + why;
}

function headlineOfMany(states: readonly TenantState[]): string {
  const count = (...phases: readonly TenantState['phase'][]): number =>
    states.filter(({ phase }) => phases.includes(phase)).length;
  const [live, moving, failed] = [count('live'), count('updating', 'starting'), count('failed', 'blocked')];
  const total = states.length;
  const all = total === 2 ? 'Both' : `All ${total}`;
  if (live === total) return `${all} previews are live`;
  if (moving === total) return `${all} previews are ${count('updating') === total ? 'being updated' : 'starting'}`;
  const kept = states.every(({ serving, sha }) => serving !== undefined && serving !== sha);
  const none = total === 2 ? 'Neither preview' : `None of ${total} previews`;
  if (failed === total && kept) return `${none} was updated`;
  if (count('blocked') === total) return `${none} is set up${sharedWhy(states)}`;
  if (failed === total) return `${all} previews failed`;
  const rest = [moving > 0 ? `${moving} on the way` : '', failed > 0 ? `${failed} failed` : ''].filter(
    (part) => part !== '',
  );
  return [`${live} of ${total} previews ${live === 1 ? 'is' : 'are'} live`, ...rest].join(', ');
}

/** Why, where it is the same for all. */
function sharedWhy(states: readonly TenantState[]): string {
  const [why, other] = new Set(states.map(({ cause }) => (cause ? `: ${causeTitle(cause)}` : '')));
  return why === undefined || other !== undefined ? '' : why;
}

/** Returns a commit as a link to it: its first seven digits. */
export function commitLink(sha: string, repository: Facts['repository']): string {
  const short = `\`${sha.replaceAll(/[^0-9a-z]/gi, '').slice(0, 7) || 'unknown'}\``;
  return /^[0-9a-f]{40,64}$/.test(sha) ? linked(short, `${repository.url}/commit/${sha}`) : short;
}

/** Returns the links of a preview's apps, one a line of its cell. */
function previewLinks({ links }: TenantState): string {
  const shown = links.slice(0, maxLinks).map((link) => {
    const part = link.part === '' ? '' : `${inlineText(link.part, 40)}: `;
    return part + previewLink(link);
  });
  const more = links.length > maxLinks ? [`… and ${links.length - maxLinks} more`] : [];
  return [...shown, ...more].join('<br>') || '–';
}

/** More apps than that are not named one by one. */
const maxLinks = 12;

/** Only text when nothing answers there yet, or when the address is no web address. */
function previewLink({ url, serving }: Link): string {
  const host = url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return serving !== undefined ? linked(host, url) : inlineText(`\`${host}\``, maxUrl);
}

/** Returns a name from outside as code, and as a link where its address is one of the web. */
export function linkedName(name: string, url: string | undefined): string {
  const words = quoted(name);
  return url !== undefined && isWebAddress(url) ? `[${words}](${url})` : words;
}

/** Returns a name from outside as code. */
export function quoted(text: string): string {
  return inlineText(`\`${text.replaceAll('`', "'")}\``, 120);
}

const maxUrl = 500;

/** A link is made only of an address that can hold nothing but itself. */
function linked(words: string, url: string): string {
  const plainWords = /^(`[0-9a-z]+`|[\w.:/-]+)$/i.test(words);
  return plainWords && isWebAddress(url) ? `[${words}](${url})` : inlineText(words, maxUrl);
}

/** Says whether a text is an address of the web without anything that Markdown, HTML or a table could take for its own. */
export function isWebAddress(url: string): boolean {
  return url.length <= maxUrl && /^https?:\/\/[\w.-]+(:\d+)?(\/[\w.~%/-]*)?(\?[\w.~%/=&+,:-]*)?$/.test(url);
}

/** Returns a time as people read it, `08:03 UTC on 2026-11-22`; empty for what is no time of UTC. */
function timeWords(iso: string | undefined): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(\.\d+)?)?Z$/.exec(iso ?? '');
  return match ? `${match[2]} UTC on ${match[1]}` : '';
}

/** Returns a tenant for a sentence. */
export function tenantName(tenant: string): string {
  return inlineText(tenant, 80);
}

/** Returns the table of previews as Markdown, a row each, as many as fit into `max` UTF-16 units. */
export function stateTable(record: PullRequestRecord, states: readonly TenantState[], max: number): string {
  const named = states.some(({ tenant }) => tenant !== '');
  const header = [...(named ? ['Tenant'] : []), 'State', 'Link', 'Commit', 'Since'];
  const rows = states.map((state) => {
    const { icon, words } = stateWords(state);
    const cells = [
      `${icon} ${words}`,
      previewLinks(state),
      commitCell(state, record.facts.repository),
      timeWords(state.since) || '–',
    ];
    return row(named ? [`**${tenantName(state.tenant) || '–'}**`, ...cells] : cells);
  });
  const shown = fitting(rows, '\n', max - 200);
  const left = rows.length - shown.length;
  return [row(header), row(header.map(() => '---')), ...shown, ...(left > 0 ? ['', `… and ${left} more.`] : [])].join(
    '\n',
  );
}

/** Returns the first of some texts, as many as fit into `max` UTF-16 units when joined. */
export function fitting(texts: readonly string[], separator: string, max: number): readonly string[] {
  let room = max + separator.length;
  const end = texts.findIndex((text) => {
    room -= text.length + separator.length;
    return room < 0;
  });
  return end === -1 ? texts : texts.slice(0, end);
}

function commitCell({ sha, serving }: TenantState, repository: Facts['repository']): string {
  const wanted = commitLink(sha, repository);
  if (serving === undefined || serving === sha) return wanted;
  return `${commitLink(serving, repository)} → ${wanted}`;
}

/** A pipe ends a cell even in code, and a backslash before it is read in several ways: neither is shown. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll(/[|\\]/g, '¦')).join(' | ')} |`;
}

/** Previews with one and the same trouble. */
export type Ailing = { readonly states: readonly TenantState[]; readonly cause: Cause };

/** Returns the previews that have a cause, those with the same one together, in the order of the first of each. */
export function ailing(states: readonly TenantState[]): readonly Ailing[] {
  const groups = new Map<string, Ailing>();
  for (const state of states) {
    const { cause, phase, serving } = state;
    if (!cause) continue;
    const id = JSON.stringify([cause.reason, cause.message, cause.problems, cause.advice, phase, serving]);
    groups.set(id, { cause, states: [...(groups.get(id)?.states ?? []), state] });
  }
  return [...groups.values()];
}

/** Returns a list for a sentence: `fr`, `fr and be`, `fr, be and hr`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
