import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';

/** What `app.yml` says of the GitHub App: the one place for its permissions and events. */
export type AppManifest = {
  readonly name: string;
  readonly description: string;
  /** The homepage, which GitHub asks for. */
  readonly url: string;
  readonly public: boolean;
  readonly permissions: Readonly<Record<string, Access>>;
  readonly events: readonly string[];
};

export type Access = 'read' | 'write';

const schema = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  url: z.url(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
});

/** Returns what the text of `app.yml` says; throws an Error that names the key. The file is ours, so that one problem is enough. */
export function parseAppManifest(text: string): AppManifest {
  const read = schema.safeParse(yamlIn(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`app.yml: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  const { default_permissions: permissions, default_events: events, ...rest } = read.data;
  return { ...rest, permissions, events };
}

function yamlIn(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new Error(`app.yml: ${messageOf(error)}`, { cause: error });
  }
}

/** Where Probot takes webhooks. */
export const webhookPath = '/api/github/webhooks';

/** "The name cannot be longer than 34 characters" (docs.github.com, "Registering a GitHub App"). */
export const longestAppName = 34;

/**
 * Returns what GitHub makes an App of ("GitHub App Manifest parameters", docs.github.com). The webhook's secret is GitHub's to
 * choose.
 */
export function manifestToPost(
  manifest: AppManifest,
  own: { readonly name: string | undefined; readonly webhookUrl: string; readonly redirectUrl: string },
): object {
  const { name, description, url, permissions, events } = manifest;
  return {
    name: own.name ?? name,
    description,
    url,
    public: manifest.public,
    hook_attributes: { url: own.webhookUrl, active: true },
    redirect_url: own.redirectUrl,
    default_permissions: permissions,
    default_events: events,
  };
}

/** Returns the permissions of `wanted` that `granted` does not cover, as `checks: write`. */
export function missingPermissions(
  wanted: Readonly<Record<string, string>>,
  granted: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(wanted)
    .filter(([name, level]) => rank(granted[name]) < rank(level))
    .map(([name, level]) => `${name}: ${level}`);
}

function rank(level: string | undefined): number {
  return ['read', 'write', 'admin'].indexOf(level ?? '');
}
