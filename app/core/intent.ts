import { readCommand, type Command } from './commands.ts';
import type { Labelled, Person, PersonsComment } from './facts.ts';
import { isOurLabel, sameLabel } from './labels.ts';
import type { Answer, Intent, LabellerJudged } from './record.ts';

/** What one read of GitHub tells of people's wishes. */
export type Heard = {
  readonly comments: readonly PersonsComment[];
  /** Every label that is on the pull request. */
  readonly labels: readonly string[];
  /** `Facts.labelled`. */
  readonly labelled: readonly Labelled[];
};

/** What wishes are judged by, as of the same read. */
export type Rules = {
  readonly headSha: string;
  readonly fork: boolean;
  /** See `Platform`, these four. */
  readonly forks: 'never' | 'approved';
  readonly tenants: readonly string[];
  readonly label: string;
  readonly people: readonly string[];
};

/** Whether who has this login may write to the repository; undefined where that is not known. */
export type MayWrite = (login: string) => boolean | undefined;

/** As many answers are kept. */
const mostAnswers = 10;

/**
 * Returns the logins of which GitHub must tell what they may do before `intentAfter` can judge all that is new: who gave commands that
 * were not looked at yet, and who put on labels of ours, each time once. Nobody whom the platform lists, and no other bot.
 */
export function loginsToAsk(intent: Intent, heard: Heard, rules: Rules): readonly string[] {
  const commanding = newer(intent, heard.comments).flatMap((comment) => commandIn(comment, rules.people)?.by ?? []);
  const labelling = heard.labelled.filter((each) => isOurLabel(each.label, rules.label) && !intent.labellers.some((judged) => isSame(judged, each)));
  const people = [...commanding, ...labelling.map(({ by }) => by)];
  return [...new Set(people.filter((person) => standingOf(person, rules.people) === undefined).map(({ login }) => login))];
}

/**
 * Returns what people ask for after a read; `intent` itself when that says nothing new. In this order: each new command is run, each
 * putting-on of a label of ours is judged, and a stop ends that is older than a label put on by somebody who may.
 */
export function intentAfter(intent: Intent, heard: Heard, mayWrite: MayWrite, rules: Rules): Intent {
  const may = (person: Person): boolean | undefined => standingOf(person, rules.people) ?? mayWrite(person.login);
  return withoutOlderStop(judgeLabels(runCommands(intent, heard, may, rules), heard, may, rules));
}

export type AdmittedLabels = {
  /** Put on by somebody who may: these ask for previews. */
  readonly admitted: readonly string[];
  readonly refused: readonly LabellerJudged[];
  /** Nobody is known to have put them on, or who did is not judged. Labels that are none of ours are here too. */
  readonly unknown: readonly string[];
};

/** Returns which of a pull request's labels count, by who put them on. In the order of `labels`. */
export function admittedLabels(intent: Intent, labels: readonly string[]): AdmittedLabels {
  const judged = labels.map((label) => ({ label, labeller: intent.labellers.find((each) => sameLabel(each.label, label)) }));
  return {
    admitted: judged.flatMap(({ label, labeller }) => (labeller?.may === true ? [label] : [])),
    refused: judged.flatMap(({ labeller }) => (labeller?.may === false ? [labeller] : [])),
    unknown: judged.flatMap(({ label, labeller }) => (labeller ? [] : [label])),
  };
}

/**
 * Returns the newest command that asked to start a tenant's preview anew ('' is the unnamed one), or all: the id of its comment, as
 * text.
 */
export function restartOf({ restarts }: Intent, tenant: string): string | undefined {
  const ids = ['*', tenant].flatMap((name) => (Object.hasOwn(restarts, name) ? (restarts[name] ?? []) : []));
  return ids.sort((a, b) => Number(b) - Number(a))[0];
}

/** True for whom the platform lists, false for every other bot; of anybody else GitHub must tell. */
function standingOf(person: Person, people: readonly string[]): boolean | undefined {
  if (people.includes(person.login.toLowerCase())) return true;
  return person.bot || person.login.endsWith('[bot]') ? false : undefined;
}

/**
 * Commands run in the order of their ids, each once: `lastCommand` moves beyond every comment of the read, also those that are no
 * command, so that nobody's old comment becomes one. GitHub's ids grow with time, and one read shows all comments up to its newest: no
 * later read brings one with a lower id. One whose author is not judged waits, with those after it.
 */
function runCommands(intent: Intent, heard: Heard, may: (person: Person) => boolean | undefined, rules: Rules): Intent {
  const labelled = heard.labels.some((label) => isOurLabel(label, rules.label));
  let next = intent;
  for (const comment of newer(intent, heard.comments)) {
    const found = commandIn(comment, rules.people);
    const allowed = found && may(found.by);
    if (found && allowed === undefined) break;
    if (found) {
      const said = { id: comment.id, at: comment.at, by: found.by.login };
      const { change, outcome, why } = allowed === true ? run(next, found.command, said, { ...rules, labelled }) : refused(notAllowed);
      const answer = { comment: said.id, by: said.by, command: nameOf(found.command), outcome, why };
      next = { ...next, ...change, answers: [...next.answers, answer].slice(-mostAnswers) };
    }
    next = { ...next, lastCommand: comment.id };
  }
  return next;
}

function newer(intent: Intent, comments: readonly PersonsComment[]): readonly PersonsComment[] {
  return comments.filter(({ id }) => id > intent.lastCommand).sort((a, b) => a.id - b.id);
}

/** What was edited may be somebody else's words, and nobody answers for those of an account that is gone. */
function commandIn({ by, edited, body }: PersonsComment, people: readonly string[]): { readonly by: Person; readonly command: Command } | undefined {
  if (edited || by === undefined || standingOf(by, people) === false) return undefined;
  const command = readCommand(body);
  return command && { by, command };
}

type Outcome = Pick<Answer, 'outcome' | 'why'> & { readonly change: Partial<Intent> };
type Said = { readonly id: number; readonly at: string; readonly by: string };

const notAllowed = 'only people with write permission, or those that the platform lists, may ask for this';

function refused(why: string): Outcome {
  return { outcome: 'refused', why, change: {} };
}

function done(change: Partial<Intent>): Outcome {
  return { outcome: 'done', why: '', change };
}

/** Runs a command of somebody who may. */
function run(intent: Intent, command: Command, { id, at, by }: Said, rules: Rules & { readonly labelled: boolean }): Outcome {
  switch (command.kind) {
    case 'deploy':
      if (!rules.labelled) return refused(`previews are asked for by a label: put \`${rules.label}\` on`);
      return done({ stopped: undefined });
    case 'stop':
      return done({ stopped: { by, at } });
    case 'restart':
      return restart(intent, command.tenant, String(id), rules);
    case 'approve':
      return approve({ sha: command.sha, by, at }, rules);
    case 'help':
      return done({});
    case 'unknown':
      return { outcome: 'unknown', why: command.why, change: {} };
  }
}

function restart(intent: Intent, tenant: string | undefined, id: string, { tenants }: Rules): Outcome {
  if (intent.stopped) return refused('the previews are stopped: `/preview` starts them');
  // One of all is newer than every one before it.
  if (tenant === undefined) return done({ restarts: { '*': id } });
  if (tenants.includes(tenant)) return done({ restarts: { ...intent.restarts, [tenant]: id } });
  const known = tenants.length === 0 ? 'it has none: `/preview restart` is for all' : `it has ${tenants.join(', ')}`;
  return refused(`the platform has no tenant \`${tenant}\` (${known})`);
}

function approve(approved: NonNullable<Intent['approved']>, { headSha, fork, forks }: Rules): Outcome {
  if (!fork) return refused('only the commits of a fork need an approval');
  if (forks === 'never') return refused('the platform runs nothing from forks');
  if (approved.sha === headSha.toLowerCase()) return done({ approved });
  return refused(`\`${approved.sha.slice(0, 12)}\` is not the newest commit: look at that one, then say \`/preview approve ${headSha}\``);
}

/** A command in its own words, without `/preview`. */
function nameOf(command: Command): string {
  switch (command.kind) {
    case 'unknown':
      return '';
    case 'restart':
      return command.tenant === undefined ? 'restart' : `restart ${command.tenant}`;
    case 'approve':
      return `approve ${command.sha}`;
    case 'deploy':
    case 'stop':
    case 'help':
      return command.kind;
  }
}

/**
 * Each putting-on is judged once, and remembered until the label is off or put on anew; whom nobody knows about is left out, to be
 * judged at a later read. A label that is on, and of which GitHub does not tell any more who put it on, keeps what was judged.
 */
function judgeLabels(intent: Intent, { labels, labelled }: Heard, may: (person: Person) => boolean | undefined, rules: Rules): Intent {
  const ours = labels.filter((label) => isOurLabel(label, rules.label));
  const labellers = ours.flatMap((label): LabellerJudged[] => {
    const told = labelled.find((each) => sameLabel(each.label, label));
    const known = intent.labellers.find((each) => (told ? isSame(each, told) : sameLabel(each.label, label)));
    if (known || !told) return known ? [known] : [];
    const allowed = may(told.by);
    return allowed === undefined ? [] : [{ label, by: told.by.login, at: told.at, may: allowed }];
  });
  const same = labellers.length === intent.labellers.length && labellers.every((each, index) => each === intent.labellers[index]);
  return same ? intent : { ...intent, labellers };
}

/** GitHub's clock has whole seconds: a label put on within the second of the stop does not end it. */
function withoutOlderStop(intent: Intent): Intent {
  const { stopped, labellers } = intent;
  if (!stopped || !labellers.some(({ may, at }) => may && Date.parse(at) > Date.parse(stopped.at))) return intent;
  return { ...intent, stopped: undefined };
}

function isSame(judged: LabellerJudged, { label, by, at }: Labelled): boolean {
  return sameLabel(judged.label, label) && judged.by.toLowerCase() === by.login.toLowerCase() && judged.at === at;
}
