import { basename, resolve } from 'node:path';
import { openOffline } from '../compose.ts';
import { configuredApp, type Platform } from '../config/platform.ts';
import { awaitedChecks } from '../config/project.ts';
import { RenderRefused } from '../core/ports.ts';
import type { Facts } from '../core/facts.ts';
import { appName } from '../core/names.ts';
import { nothingAsked, type Intent } from '../core/record.ts';
import { decide, type Desired } from '../reconcile/decide.ts';
import type { Preview } from '../reconcile/preview.ts';
import { renderPreview, type StagedObject } from '../reconcile/render/render.ts';
import { UsageError, type ValidateOptions } from './command-line.ts';
import { readFolder, type CheckedOut } from './folder.ts';
import type { PreviewResult, Result } from './result.ts';
import { named, platformFor } from './stand-in.ts';

/** Stands for the commit. */
export const sha = '0123456789abcdef0123456789abcdef01234567';
const at = '2000-01-01T00:00:00Z';

type Repository = { readonly owner: string; readonly name: string };

/**
 * `avant validate`: what a reconcile would make of the folder for the first pull request of its repository, without GitHub, a
 * registry or a cluster. Throws a UsageError, and a BootError for what cannot be read.
 */
export async function validate(dir: string, options: ValidateOptions): Promise<Result> {
  const checkedOut = readFolder(dir);
  const repository = options.repository ?? {
    owner: 'owner',
    name: basename(resolve(dir)).replaceAll(/[^\w.-]+/g, '-') || 'app',
  };
  const platform = platformFor(options, `${repository.owner}/${repository.name}`, checkedOut.config);
  const desired = decide(questionOf(checkedOut, platform, repository));
  const previews = previewsFor(desired, options.tenant);
  const { verdict, reason, problems } = desired.decision;
  const missing =
    reason === 'ConfigMissing'
      ? [`${dir}: .cloud/ has neither preview.yaml nor charts/ nor manifests/: there is nothing to deploy`]
      : [];
  return {
    decision: { verdict, reason },
    why: [],
    problems: [...problems, ...missing],
    unknown: [],
    previews: await renderAll(previews, checkedOut, { platform, kubeVersion: options.kubeVersion }),
    removals: [],
  };
}

function previewsFor({ previews, decision }: Desired, tenant: string | undefined): readonly Preview[] {
  if (tenant === undefined) return previews;
  const found = previews.filter((preview) => preview.tenant === tenant);
  const tenants = previews.map((preview) => preview.tenant).filter((name) => name !== '');
  if (found.length === 0 && decision.problems.length === 0 && decision.reason === 'Labelled')
    throw new UsageError(`--tenant: the project has no tenant ${tenant}; ${named(tenants)}`);
  return found;
}

async function renderAll(
  previews: readonly Preview[],
  checkedOut: CheckedOut,
  on: { readonly platform: Platform; readonly kubeVersion: string | undefined },
): Promise<readonly PreviewResult[]> {
  const offline = openOffline(on.platform, on.kubeVersion);
  try {
    return await Promise.all(previews.map((preview) => render(preview, checkedOut, offline)));
  } finally {
    await offline.close();
  }
}

const stages: readonly StagedObject['stage'][] = ['base', 'data', 'setup', 'rest'];

async function render(
  preview: Preview,
  checkedOut: CheckedOut,
  { context, deps }: ReturnType<typeof openOffline>,
): Promise<PreviewResult> {
  const { tenant, namespace, apps } = preview;
  const base = {
    tenant,
    namespace,
    links: apps.map(({ url }) => url),
    problems: [],
    unknown: [],
    notes: [],
    steps: [],
  };
  try {
    // As in a reconcile, the files are looked at only for what needs them.
    const cloud = apps.some(({ source }) => source.kind !== 'template') ? checkedOut.cloud() : undefined;
    const rendering = await renderPreview(preview, { ...context, cloud }, deps);
    if (rendering.kind === 'refused') {
      const { problems, message } = rendering.trouble;
      // What has no problems to tell is no fault of the branch: no helm, say.
      return problems ? { ...base, problems } : { ...base, unknown: [message] };
    }
    const steps = stages.flatMap((stage) =>
      rendering.objects
        .filter((one) => one.stage === stage)
        .map(({ object }) => ({ do: 'apply', object: `${object.kind}/${object.metadata.name}`, stage })),
    );
    return { ...base, notes: rendering.notes, steps };
  } catch (error) {
    if (!(error instanceof RenderRefused)) throw error;
    return { ...base, problems: error.problems };
  }
}

/** A pull request that everything speaks for: labelled by somebody who may, and green. */
function questionOf(
  { folder, config }: CheckedOut,
  platform: Platform,
  { owner, name }: Repository,
): Parameters<typeof decide>[0] {
  const { label } = platform;
  const url = `https://github.com/${owner}/${name}`;
  const checks = awaitedChecks(config.kind === 'file' ? config.text : undefined).map(
    (check) => ({ name: check, state: 'success', url: undefined }) as const,
  );
  const facts: Facts = {
    readAt: at,
    repository: { owner, name, private: true, url },
    pullRequest: {
      state: 'open',
      url: `${url}/pull/1`,
      author: 'you',
      labels: [label],
      headSha: sha,
      headRef: 'branch',
      fork: false,
    },
    config,
    cloud: folder,
    labelled: [],
    pipeline: { kind: 'read', checks },
  };
  const intent: Intent = { ...nothingAsked, labellers: [{ label, by: 'you', at, may: true }] };
  const app = { name: configuredApp(platform, `${owner}/${name}`) ?? appName(name), heldBy: undefined };
  return {
    key: { installation: 1, repository: 'R_1', number: 1 },
    facts,
    intent,
    platform,
    app,
    lastValid: undefined,
    waiting: undefined,
    missing: false,
    now: at,
  };
}
