import { BootError } from '../compose.ts';
import type { Diagnosis } from '../core/diagnosis.ts';
import { messageOf } from '../core/errors.ts';
import { readCommandLine, usage, UsageError, type Command, type SetupOptions } from './command-line.ts';
import { diagnosisJson, diagnosisLines, doctor, isWell } from './doctor.ts';
import { explain } from './explain.ts';
import { jsonOf, linesOf, nothingFound, plain, unknownOf, type Result } from './result.ts';
import { setup, SetupError } from './setup.ts';
import { validate } from './validate.ts';

/** What the command answers with. */
export const exitCodes = {
  /** Nothing is wrong. */
  fine: 0,
  /** Somebody has to do something before this is deployed: the problems are printed. */
  problems: 1,
  /** The command line is wrong. */
  usage: 2,
  /** It could not be told or done, which is nobody's fault who wrote the branch: no helm, no GitHub, no cluster, an unreadable file. */
  unknown: 3,
} as const;

/**
 * Runs the command; returns its exit code. What was found goes to stdout, what kept it from being found to stderr. Nothing that
 * comes from a branch can move the cursor or change colours.
 */
export async function main(argv: readonly string[]): Promise<number> {
  let json = false;
  try {
    const command = readCommandLine(argv);
    if (command.name === 'help') {
      console.log(usage);
      return exitCodes.fine;
    }
    if (command.name === 'setup') {
      await setUp(command.options);
      return exitCodes.fine;
    }
    json = command.json;
    if (command.name === 'doctor') return tellDiagnoses(await doctor(command.config), json);
    return tell(await run(command), json);
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message}\nTry: avant --help`);
      return exitCodes.usage;
    }
    return tell(
      { ...nothingFound, unknown: (error instanceof BootError || error instanceof SetupError ? error.message : messageOf(error)).split('\n') },
      json,
    );
  }
}

function run(command: Extract<Command, { name: 'validate' | 'explain' }>): Promise<Result> {
  return command.name === 'validate' ? validate(command.dir, command.options) : explain(command.what);
}

/** Makes the App. Ctrl-C ends the waiting; a second one ends the process. */
async function setUp(options: SetupOptions): Promise<void> {
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  const say = (lines: string): void => {
    console.log(lines.split('\n').map(plain).join('\n'));
  };
  try {
    await setup(options, { say, warn: complain }, stop.signal);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

function tellDiagnoses(found: readonly Diagnosis[], json: boolean): number {
  console.log(json ? diagnosisJson(found) : diagnosisLines(found).map(plain).join('\n'));
  return isWell(found) ? exitCodes.fine : exitCodes.problems;
}

function tell(result: Result, json: boolean): number {
  const unknown = unknownOf(result);
  const lines = linesOf(result);
  if (json) console.log(jsonOf(result));
  else if (lines.length > 0) console.log(lines.map(plain).join('\n'));
  if (unknown.length > 0) complain(unknown.join('\n'));
  if (result.problems.length > 0 || result.previews.some(({ problems }) => problems.length > 0))
    return exitCodes.problems;
  return unknown.length > 0 ? exitCodes.unknown : exitCodes.fine;
}

function complain(text: string): void {
  console.error(
    text
      .split('\n')
      .map((line) => plain(`avant: ${line}`))
      .join('\n'),
  );
}
