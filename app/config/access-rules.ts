import type { PlatformAccess } from './access.ts';
import { everybody, wayPattern } from './access-texts.ts';
import { nearest } from './nearest.ts';
import { shown } from './problem.ts';
import { atKey, atValue, entriesOf, hasKey, namedTwice, textsOf, valueAt, type Finding } from './shape.ts';

/** What a way is, and what goes with it. */
const goesWith = { addresses: [], secret: ['realm'], request: ['signin', 'headers'] } as const;

type Kind = keyof typeof goesWith;

const kinds: readonly Kind[] = ['addresses', 'secret', 'request'];

const lower = (text: string): string => text.toLowerCase();

/** Finds what is wrong with the platform's `access` beyond each value by itself; the data may have any shape. */
export function wrongPlatformAccess(raw: unknown): Finding[] {
  const path = ['access', 'ways'];
  const names = entriesOf(valueAt(raw, path)).map(([name]) => name);
  const ways = [everybody, ...names];
  const usual = valueAt(raw, ['access', 'default']);
  return [
    ...names.flatMap((name) => wrongWay(raw, [...path, name])),
    ...(typeof usual === 'string' ? unknownWay(usual, ['access', 'default'], ways) : []),
    ...textsOf(valueAt(raw, ['access', 'choices'])).flatMap(([index, name]) =>
      unknownWay(name, ['access', 'choices', index], ways),
    ),
    ...namedTwice(raw, ['access', 'choices']),
  ];
}

function wrongWay(raw: unknown, path: readonly string[]): Finding[] {
  const way = valueAt(raw, path);
  if (typeof way !== 'object' || way === null || Array.isArray(way)) return [];
  const [kind, another] = kinds.filter((one) => Object.hasOwn(way, one));
  const findings = [
    ...namedTwice(raw, [...path, 'addresses'], lower),
    ...namedTwice(raw, [...path, 'headers'], lower),
  ];
  if (kind === undefined) {
    const mend = 'write one of them, for example addresses: [203.0.113.0/24]';
    return [...findings, atKey(path, 'has no addresses, secret or request', mend)];
  }
  if (another !== undefined) return [...findings, atKey(path, `has ${kind} and ${another}`, 'keep one of the two')];
  const own: readonly string[] = goesWith[kind];
  const strays = kinds
    .flatMap((one): readonly string[] => goesWith[one])
    .filter((key) => Object.hasOwn(way, key) && !own.includes(key));
  const controller = valueAt(raw, ['ingress', 'controller']);
  const unasked = kind === 'request' && controller === 'haproxytech';
  const nowhere = kind === 'secret' && !hasKey(raw, [], 'secrets');
  const where = 'say where administrators put Secrets, for example secrets: { namespace: avant-secrets }';
  return [
    ...findings,
    ...strays.map((key) => atKey([...path, key], `does not go with ${kind}`, 'remove it')),
    ...(unasked ? [atKey([...path, 'request'], 'cannot be asked by haproxytech', 'write addresses or secret')] : []),
    ...(nowhere ? [atKey([...path, 'secret'], 'lies in no namespace', where)] : []),
  ];
}

function unknownWay(name: string, path: readonly PropertyKey[], ways: readonly string[]): Finding[] {
  if (ways.includes(name)) return [];
  const near = nearest(name, ways);
  const mend = near === undefined ? `the ways are ${ways.join(', ')}` : `did you mean "${near}"?`;
  return [atValue(path, `there is no way "${shown(name)}"`, mend)];
}

/** Finds the ways to look that a project may not choose; the data may have any shape. */
export function wrongAccess(raw: unknown, platform: PlatformAccess | undefined): Finding[] {
  if (platform === undefined) return [];
  const paths = [['access'], ...entriesOf(valueAt(raw, ['apps'])).map(([part]) => ['apps', part, 'access'])];
  return paths.flatMap((path) => {
    const name = valueAt(raw, path);
    if (typeof name !== 'string') return [];
    // What cannot be a name is told by the schema, unless it is a slip: `Office`.
    return wayPattern.test(name) || nearest(name, platform.choices) !== undefined ? notToChoose(name, path, platform) : [];
  });
}

function notToChoose(name: string, path: readonly PropertyKey[], { ways, choices }: PlatformAccess): Finding[] {
  if (choices.includes(name)) return [];
  if (Object.hasOwn(ways, name))
    return [atValue(path, `"${name}" is not left to projects`, `choose one of ${choices.join(', ')}, or ask the platform’s administrators`)];
  const near = nearest(name, choices);
  const mend = near === undefined ? `the platform’s are ${choices.join(', ')}` : `did you mean "${near}"?`;
  return [atValue(path, `the platform has no way "${shown(name)}" to look`, mend)];
}
