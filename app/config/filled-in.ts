import { substitute, type TemplateName } from '../core/substitute.ts';
import { isImageReference, isImageTag } from '../core/image.ts';
import { shown } from './problem.ts';
import { imageRule, tagRule } from './project-texts.ts';
import { atValue, valueAt, type Finding } from './shape.ts';

type Values = Readonly<Record<TemplateName, string>>;

const sha = '0123456789abcdef'.repeat(3).slice(0, 40);
const example: Values = {
  app: 'foo',
  pr: '241',
  tenant: 'fr',
  sha,
  shortSha: sha.slice(0, 7),
  branch: 'branch',
  host: 'foo-241.example.com',
};

/** The longest that each can be (app/core/names.ts, 2^53 pull requests, SHA-1): bounds what a template can grow to. */
const longest: Values = {
  app: 'a'.repeat(40),
  pr: '1'.repeat(16),
  tenant: 'a'.repeat(20),
  sha,
  shortSha: sha.slice(0, 7),
  branch: 'a'.repeat(40),
  host: 'a'.repeat(253),
};

/** Returns the most bytes that a template can become. It must be one. */
export function mostBytes(template: string): number {
  return Buffer.byteLength(substitute(template, longest));
}

/**
 * Finds what is wrong with an image at a path, filled in as an example would be: its shape does not depend on the
 * values.
 */
export function wrongImage(raw: unknown, path: readonly PropertyKey[], hasTenants: boolean): Finding[] {
  const image = valueAt(raw, path);
  if (typeof image !== 'string' || imageRule(image)) return [];
  const mend = 'write [registry/]name:tag, the name in lower case: "registry.bar.com/foo:${sha}"';
  return misshapen(path, image, { hasTenants, fits: isImageReference, what: 'an image reference', mend });
}

/** Finds what is wrong with an image's tag at a path, likewise. */
export function wrongTag(raw: unknown, path: readonly PropertyKey[], hasTenants: boolean): Finding[] {
  const tag = valueAt(raw, path);
  if (typeof tag !== 'string' || tagRule(tag)) return [];
  const mend = 'write letters, digits, "_", "." and "-", 128 at most: "pr-${pr}"';
  return misshapen(path, tag, { hasTenants, fits: isImageTag, what: 'an image’s tag', mend });
}

type Shape = {
  readonly hasTenants: boolean;
  readonly fits: (text: string) => boolean;
  readonly what: string;
  readonly mend: string;
};

function misshapen(path: readonly PropertyKey[], template: string, { hasTenants, fits, what, mend }: Shape): Finding[] {
  const filled = substitute(template, hasTenants ? example : { ...example, tenant: '' });
  if (fits(filled)) return [];
  const onlyTenant = !hasTenants && fits(substitute(template, example));
  const noTenant = 'leave ${tenant} out: this project has no tenants';
  return [atValue(path, `is not ${what}: ${shown(filled, 120)}`, onlyTenant ? noTenant : mend)];
}
