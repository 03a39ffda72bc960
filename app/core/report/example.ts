import type { Facts } from '../facts.ts';
import { projectConfigPath } from '../facts.ts';
import { listed } from './words.ts';

/** What the platform is like, for an example. */
export type Example = {
  /** The domain that previews are under. */
  readonly domain: string;
  /** The platform's tenants. */
  readonly tenants: readonly string[];
  /** The beginning of images that it allows, where it says so: no others would do. */
  readonly registry?: string | undefined;
};

/**
 * Returns a `.cloud/preview.yaml` for a repository, as Markdown with a line before and after. It is valid as it stands; what cannot be
 * known here, the registry and the port, is named as such.
 */
export function projectExample(repository: Facts['repository'], { domain, tenants, registry }: Example): string {
  const lines = [
    `# ${projectConfigPath}`,
    `image: ${imageOf(repository, domain, registry)}`,
    'service: { port: { name: http, number: 8080 } }',
    ...(tenants.length === 0 ? [] : [`tenants: [${tenants.join(', ')}]`, 'env: { TENANT: "${tenant}" }']),
  ];
  const own = tenants.length === 0 ? [] : ['the tenants that the project has'];
  return [
    'For this repository it could be:',
    '',
    '```yaml',
    // All of it is made of names of plain letters; should one ever have more, its line is not shown.
    ...lines.filter((line) => /^[ -_a-~]{1,300}$/.test(line)),
    '```',
    '',
    `Put in ${listed(['the image that your build pushes for each commit', 'the port that the program listens on', ...own])}.`,
  ].join('\n');
}

/** In the platform's registry; where it names none GitHub's own if that is there, or one beside the previews' domain. */
function imageOf({ owner, name, url }: Facts['repository'], domain: string, registry: string | undefined): string {
  const path = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'app';
  if (registry !== undefined) return `${registry}/${path(name)}:\${sha}`;
  if (url.startsWith('https://github.com/')) return `ghcr.io/${path(owner)}/${path(name)}:\${sha}`;
  const parent = domain.split('.').slice(1).join('.');
  return `registry.${parent.includes('.') ? parent : domain}/${path(name)}:\${sha}`;
}
