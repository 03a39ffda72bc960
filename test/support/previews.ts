import { parseProject, type Project } from '../../app/config/project.ts';
import type { Platform } from '../../app/config/platform.ts';
import type { Facts } from '../../app/core/facts.ts';
import type { Desired, Question } from '../../app/reconcile/decide.ts';
import { decide } from '../../app/reconcile/decide.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { keyOf, plainConfig, platformWith, shaA } from './world.ts';

export type FactsParts = Partial<Omit<Facts['pullRequest'], 'labels'>> & { readonly labels?: readonly string[]; readonly config?: Facts['config']; readonly readAt?: string };

/** Returns facts of an open, labelled pull request whose head has the design's config, changed as asked. */
export function factsWith(parts: FactsParts = {}): Facts {
  const { config = { kind: 'file', text: plainConfig }, readAt = '2026-11-22T08:00:00Z', ...pullRequest } = parts;
  return {
    readAt,
    repository: { owner: 'bar', name: 'foo', private: true, url: 'https://github.com/bar/foo' },
    pullRequest: {
      state: 'open',
      url: 'https://github.com/bar/foo/pull/241',
      author: 'ann',
      labels: ['cd/preview'],
      headSha: shaA,
      headRef: 'feature',
      fork: false,
      ...pullRequest,
    },
    config,
  };
}

/** Asks `decide` about pull request 241. */
export function ask(facts: Facts, parts: Partial<Omit<Question, 'facts' | 'platform'>> & { readonly platform?: Partial<Platform> } = {}): Desired {
  const { platform, ...rest } = parts;
  return decide({ key: keyOf(241), app: { name: 'foo', heldBy: undefined }, lastValid: undefined, missing: false, ...rest, facts, platform: platformWith(platform) });
}

/** Returns a project as the text of its config gives it. */
export function projectOf(text: string): Project {
  const parsed = parseProject(text, 'preview.yaml', { tenants: ['fr', 'be', 'hr', 'hu'], app: 'foo' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.project;
}

/** Returns the previews of pull request 241 with this config. */
export function previewsOf(config: string = plainConfig, parts: FactsParts = {}): readonly Preview[] {
  return ask(factsWith({ config: { kind: 'file', text: config }, ...parts })).previews;
}

/** Freezes a value and all that is in it; maps keep working, and are not frozen. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value)) frozen(part);
  }
  return value;
}
