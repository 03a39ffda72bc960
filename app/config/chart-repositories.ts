import { z } from 'zod';
import { shown } from './problem.ts';
import { namedTwice, text, type Finding, type Wrong } from './shape.ts';

const pattern = /^https?:\/\/[^\s?#]+$/;
const longest = 500;
/** Each may have an index of some MiB in Avant's memory. */
const mostRepositories = 20;

/** Rule for the address of a chart repository. It is compared as it is written, so there is one way to write it. */
function repositoryRule(value: string): Wrong | undefined {
  const mend = 'write where its index.yaml is: https://charts.bar.com/stable';
  if (/^oci:/i.test(value))
    return {
      message: 'is an OCI registry',
      mend: 'only repositories with an index.yaml are read; charts from here are vendored (helm dependency build)',
    };
  const url = URL.parse(value);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || value.length > longest)
    return { message: 'is not the address of a chart repository', mend };
  if (url.username !== '' || url.password !== '')
    return { message: 'has a user or a password in it', mend: 'leave it out: only repositories that need none are read' };
  if (/[?#]/.test(value)) return { message: 'has more than a path', mend: 'leave out what begins with "?" or "#"' };
  if (url.pathname.endsWith('/index.yaml'))
    return { message: 'is the address of an index', mend: 'leave /index.yaml out' };
  const canonical = withoutSlash(url.href);
  return withoutSlash(value) === canonical
    ? undefined
    : { message: 'is not how this address is written', mend: `write ${shown(canonical, 200)}` };
}

/** The key `charts` of `avant.yaml`. */
export const charts = z
  .strictObject({
    repositories: z
      .array(
        text(repositoryRule, pattern).meta({
          description: 'Where its `index.yaml` is. `http://` where an administrator trusts the way there.',
          example: 'https://charts.bar.com/stable',
        }),
      )
      .max(mostRepositories)
      .default([])
      .meta({
        description: 'Chart repositories that subcharts may be fetched from; without any, all are vendored.',
        example: '[https://charts.bar.com/stable]',
      }),
  })
  .prefault({})
  .meta({
    description: 'What the charts of projects may be made of.',
    example: '{ repositories: [https://charts.bar.com/stable] }',
  });

/** Finds a repository that is listed twice. */
export function wrongCharts(raw: unknown): Finding[] {
  return namedTwice(raw, ['charts', 'repositories'], withoutSlash);
}

/** Returns a repository's address as two are compared: without slashes at its end. */
export function withoutSlash(repository: string): string {
  let end = repository.length;
  while (repository[end - 1] === '/') end -= 1;
  return repository.slice(0, end);
}
