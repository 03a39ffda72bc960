import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { formatForComment, type Problem } from '../config/problem.ts';
import { conventional, parseProject, type Project } from '../config/project.ts';
import type { ProjectContext } from '../config/project-context.ts';
import { projectConfigPath, type CloudFolder } from '../core/facts.ts';
import { awaited } from '../core/pipeline.ts';
import type { AwaitedCheck, Decision, LastValid } from '../core/record.ts';
import type { Question } from './question.ts';

/** The project that the previews are made of, which commit it is of, and why. */
export type Chosen = {
  readonly use: { readonly project: Project; readonly sha: string; readonly cloud: CloudFolder } | undefined;
  readonly verdict: 'wanted' | 'waiting';
  readonly reason: string;
  readonly problems: readonly string[];
  readonly lastValid: LastValid | undefined;
  readonly awaited?: readonly AwaitedCheck[];
  readonly waiting?: Decision['waiting'];
  readonly againAt?: string;
};

/** Returns the project at the head once it is valid and CI lets it through, otherwise the last valid one. Pure. */
export function chooseProject(question: Question): Chosen {
  const { facts, lastValid } = question;
  const sha = facts.pullRequest.headSha;
  const atHead = readHead(question);
  if (!atHead.ok) return { ...older(question), verdict: 'wanted', reason: atHead.reason, problems: atHead.problems, lastValid };
  const { project } = atHead;
  const use = { project, sha, cloud: facts.cloud };
  const held = project.waitFor && lastValid?.sha !== sha ? waitFor(question, project.waitFor) : undefined;
  if (held) return { ...older(question), ...held, verdict: 'waiting', lastValid };
  const text = facts.config.kind === 'file' ? facts.config.text : undefined;
  return { use, verdict: 'wanted', reason: 'Labelled', problems: [], lastValid: { sha, text, cloud: facts.cloud } };
}

type AtHead = { readonly ok: true; readonly project: Project } | { readonly ok: false; readonly reason: 'ConfigBroken' | 'ConfigMissing'; readonly problems: readonly string[] };

function readHead(question: Question): AtHead {
  const { config, cloud } = question.facts;
  const broken = (problems: readonly string[]): AtHead => ({ ok: false, reason: 'ConfigBroken', problems });
  if (cloud.kind === 'unreadable') return broken([`.cloud: ${cloud.why}`]);
  if (config.kind === 'unreadable') return broken([`${projectConfigPath}: ${config.why}`]);
  const bare = cloud.kind === 'absent' || (cloud.charts.length === 0 && !cloud.manifests);
  if (config.kind === 'absent' && bare) return { ok: false, reason: 'ConfigMissing', problems: [] };
  const read = parse(config.kind === 'file' ? config.text : undefined, contextOf(question, cloud));
  return read.ok ? read : broken(read.problems.map(formatForComment));
}

function parse(text: string | undefined, context: ProjectContext): { readonly ok: true; readonly project: Project } | { readonly ok: false; readonly problems: readonly Problem[] } {
  return text === undefined ? conventional(context) : parseProject(text, projectConfigPath, context);
}

function contextOf({ platform, app }: Question, cloud: CloudFolder): ProjectContext {
  const folder = cloud.kind === 'folder' ? cloud : { charts: [], manifests: false };
  return {
    tenants: platform.tenants,
    app: app.name,
    charts: folder.charts,
    manifests: folder.manifests,
    maxReplicas: platform.limits.replicas,
    maxJobMs: platform.limits.jobMs,
    door: platform,
  };
}

/**
 * The last valid config may name tenants that the platform has no more: those go, the others stay. With none left it is not valid.
 * What it chose of the door may be beyond today's bounds and choices: `doorRules` brings it back into them.
 */
function older(question: Question): Pick<Chosen, 'use'> {
  const { lastValid, platform } = question;
  if (!lastValid) return { use: undefined };
  const { sha, text, cloud } = lastValid;
  const context = contextOf(question, cloud);
  const read = parse(text, { ...context, door: undefined, tenants: [...new Set([...context.tenants, ...tenantsNamed(text)])] });
  if (!read.ok) return { use: undefined };
  const tenants = read.project.tenants.filter((tenant) => platform.tenants.includes(tenant));
  const left = tenants.length > 0 || read.project.tenants.length === 0;
  return { use: left ? { project: { ...read.project, tenants }, sha, cloud } : undefined };
}

/** Returns the tenants that a project config names, as far as it can be read. */
export function tenantsNamed(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return z.object({ tenants: z.array(z.string()) }).safeParse(parseYaml(text)).data?.tenants ?? [];
}

function waitFor(question: Question, { checks, timeoutMs }: NonNullable<Project['waitFor']>): Omit<Chosen, 'use' | 'verdict' | 'lastValid'> | undefined {
  const { facts, now } = question;
  const sha = facts.pullRequest.headSha;
  const { verdict, checks: open } = awaited(facts.pipeline, checks);
  if (verdict === 'green') return undefined;
  const since = question.waiting?.sha === sha ? question.waiting.since : now;
  const until = new Date(Date.parse(since) + timeoutMs).toISOString();
  const late = now >= until;
  const reason = verdict === 'failed' ? 'ChecksFailed' : verdict === 'denied' ? 'ChecksUnreadable' : late ? 'ChecksTimedOut' : 'WaitingForChecks';
  return { reason, problems: [], awaited: open, waiting: { sha, since }, ...(late ? {} : { againAt: until }) };
}
