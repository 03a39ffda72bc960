import { at, isList, isMap, listAt, type JsonMap } from '../json.ts';
import type { Json, KubernetesObject } from '../object.ts';
import { shown } from '../outside-text.ts';
import type { SourcedObject } from '../ports.ts';
import { judgePaths } from './ingress-paths.ts';
import { checked, sorted } from './kinds.ts';
import type { GuardPolicy, Violation } from './policy.ts';
import type { Rule } from './rules.ts';
import { servicesAmong } from './services.ts';
import type { Scope } from './shape.ts';
import { judgeTogether, type Judged } from './totals.ts';
import { capped, maxViolations } from './violations.ts';

/** An object as it may be applied: in the preview's namespace, its defaults and the platform's forms written out. */
export type GuardedObject = { readonly file: string; readonly stable: boolean; readonly object: KubernetesObject };

/** What was let through: nothing at all where there is any violation. */
export type Guarded = {
  readonly objects: readonly GuardedObject[];
  /** What is left out of the preview, of an object or as a whole. */
  readonly dropped: readonly { readonly file: string; readonly object: string; readonly why: string }[];
  readonly violations: readonly Violation[];
};

/** Helm's charts nest a dozen deep; the JSON of a deeper object exhausts stacks. */
const maxDepth = 64;
const maxLists = 3;

/**
 * Looks at everything that a branch wants to have in its preview. Returns the objects as they may be applied, or every violation of
 * what the platform allows, each with file, object, field, rule and mend; docs/guard.md lists the rules, what is left out and what is
 * written instead. Never throws, whatever JSON the objects are.
 */
export function guard(objects: readonly SourcedObject[], policy: GuardPolicy): Guarded {
  const notes = notebook();
  const whole = { file: objects[0]?.file ?? '', object: 'all objects' };
  const sound = objects.flatMap((one) => soundObjects(one, notes));
  const bytes = sound.reduce((sum, { object }) => sum + Buffer.byteLength(JSON.stringify(object)), 0);
  if (bytes > policy.limits.bytes)
    notes.say(
      whole,
      '',
      'objects-bytes',
      `are ${bytes} bytes`,
      `${policy.limits.bytes} are the most that the platform allows for one preview`,
    );
  const taken = bytes > policy.limits.bytes ? [] : judged(sound, policy, notes);
  if (taken.length > policy.limits.objects)
    notes.say(
      whole,
      '',
      'objects-count',
      `are ${taken.length}`,
      `${policy.limits.objects} are the most that the platform allows for one preview`,
    );
  const violations = notes.violations();
  // The checks have seen to the shape of every object that is returned.
  const guarded = taken.map(({ file, object, stable }) => ({
    file,
    stable,
    object: object as unknown as KubernetesObject,
  }));
  return { objects: violations.length === 0 ? guarded : [], dropped: notes.dropped(), violations };
}

type Sound = { readonly file: string; readonly title?: string; readonly stable: boolean; readonly object: JsonMap };

function judged(sound: readonly Sound[], policy: GuardPolicy, notes: Notebook): readonly (Judged & Sound)[] {
  const render = { secrets: namesOf(sound, 'Secret'), accounts: namesOf(sound, 'ServiceAccount') };
  // What was told up to here is of objects that cannot be looked at.
  const services = servicesAmong(sound.map(({ object }) => object), notes.violations().length === 0);
  const all = sound.flatMap((one) => {
    const { file, stable, object } = one;
    const of = named(one);
    const scope: Scope = {
      policy,
      render,
      say: (field, rule, message, mend) => {
        notes.say(of, field, rule, message, mend);
      },
      leaveOut: (why) => {
        notes.leaveOut(of, why);
      },
    };
    const sort = sorted(object, scope);
    if (sort.kind === 'dropped') scope.leaveOut(sort.why);
    return sort.kind === 'allowed' ? [{ file, stable, scope, object: checked(object, sort.as, scope) }] : [];
  });
  judgeTogether(all);
  judgePaths(all, services);
  return all;
}

function namesOf(sound: readonly Sound[], kind: string): ReadonlySet<string> {
  const names = sound.flatMap(({ object }) =>
    at(object, 'apiVersion') === 'v1' && at(object, 'kind') === kind ? [at(at(object, 'metadata'), 'name')] : [],
  );
  return new Set(names.filter((name) => typeof name === 'string'));
}

/** Returns the object, or what is in it where it is a List, if its JSON is fit to be looked at. */
function soundObjects(one: SourcedObject, notes: Notebook): readonly Sound[] {
  const odd = oddity(one.object);
  if (odd === undefined) return expanded(one, notes, 0);
  notes.say(named(one), '', 'json', odd, 'write plain YAML');
  return [];
}

function expanded(one: Sound, notes: Notebook, depth: number): readonly Sound[] {
  const { file, object, stable } = one;
  const refuse = (field: string, message: string, mend: string): readonly Sound[] => {
    notes.say(named(one), field, 'list', message, mend);
    return [];
  };
  if (!isMap(object)) return refuse('', 'is no map', 'write objects, each with apiVersion and kind');
  if (at(object, 'kind') !== 'List' || at(object, 'apiVersion') !== 'v1') return [one];
  if (depth === maxLists) return refuse('items', 'are Lists inside Lists', 'write the objects themselves');
  if (!isList(at(object, 'items') ?? [])) return refuse('items', 'are no list', 'write the objects themselves');
  return listAt(object, 'items').flatMap((item) =>
    expanded({ file, stable, object: item as JsonMap }, notes, depth + 1),
  );
}

/** Says what makes JSON unfit to be looked at; goes about it without recursion. */
function oddity(whole: Json): string | undefined {
  const open: { readonly value: object; readonly depth: number }[] = [{ value: { whole }, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (depth > maxDepth) return `is nested deeper than ${maxDepth}`;
    if (!isList(value as Json))
      for (const key of Object.keys(value))
        if (key === '__proto__' || !key.isWellFormed()) return 'has a key that no object has';
    for (const inner of Object.values(value) as (Json | undefined)[]) {
      if (typeof inner === 'string' && !inner.isWellFormed()) return 'has text that is no Unicode';
      if (typeof inner === 'object' && inner !== null) open.push({ value: inner, depth: depth + 1 });
    }
  }
  return undefined;
}

function described(object: Json): string {
  const [kind, name] = [at(object, 'kind'), at(at(object, 'metadata'), 'name')];
  return `${typeof kind === 'string' ? shown(kind) : 'object'}/${typeof name === 'string' ? shown(name, 80) : '(no name)'}`;
}

type Of = { readonly file: string; readonly object: string };

/** Returns an object as its author knows it. */
function named({ file, title, object }: Pick<SourcedObject, 'file' | 'title' | 'object'>): Of {
  return { file, object: title === undefined ? described(object) : shown(title, 150) };
}

type Notebook = {
  readonly say: (of: Of, field: string, rule: Rule, message: string, mend: string) => void;
  readonly leaveOut: (of: Of, why: string) => void;
  readonly dropped: () => Guarded['dropped'];
  readonly violations: () => readonly Violation[];
};

/** Keeps the first things that are told and counts the others: a hostile branch can have as many as it has bytes. */
function notebook(): Notebook {
  const violations: Violation[] = [];
  const dropped: Guarded['dropped'][number][] = [];
  const uncounted = { violations: 0, dropped: 0 };
  return {
    say: (of, field, rule, message, mend) => {
      if (violations.length < maxViolations) violations.push({ ...of, field, rule, message, mend });
      else uncounted.violations += 1;
    },
    leaveOut: (of, why) => {
      if (dropped.length < maxViolations) dropped.push({ ...of, why });
      else uncounted.dropped += 1;
    },
    dropped: () => {
      const last = dropped.at(-1);
      return last && uncounted.dropped > 0
        ? [...dropped, { ...last, why: `${uncounted.dropped} more, here and in other objects` }]
        : dropped;
    },
    violations: () => capped(violations, uncounted.violations),
  };
}
