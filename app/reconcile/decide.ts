import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { previewUrl, type Platform } from '../config/platform.ts';
import { formatProblem } from '../config/problem.ts';
import { parseProject, type Project } from '../config/project.ts';
import type { Facts } from '../core/facts.ts';
import { projectConfigPath } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { wantedTenants, type WantedTenants } from '../core/labels.ts';
import { hostName, namespaceName, safeBranch } from '../core/names.ts';
import type { Decision, PullRequestRecord } from '../core/record.ts';
import { substitute } from '../core/substitute.ts';
import type { Preview } from './preview.ts';

/** Where every preview runs until tenants may name their own cluster. */
export const homeCluster = 'home';

export type Desired = {
  readonly decision: Decision;
  readonly previews: readonly Preview[];
  /** True when the facts are no evidence against any preview that runs: then nothing is removed. */
  readonly keepAll: boolean;
  readonly lastValid: PullRequestRecord['lastValid'];
};

export type Question = {
  readonly key: PullRequestKey;
  readonly facts: Facts;
  readonly platform: Platform;
  /** The app name that the repository holds, or who holds the one it wants. */
  readonly app: { readonly name: string; readonly heldBy: string | undefined };
  readonly lastValid: PullRequestRecord['lastValid'];
  /** True when GitHub has told for the grace period that the repository or installation is gone. */
  readonly missing: boolean;
};

/**
 * Decides which previews one pull request should have, and why. Pure. In order: what is gone, closed or not labelled has
 * none; a fork has none; the config at the head decides, and while that is broken or missing the last valid one with its commit.
 */
export function decide(question: Question): Desired {
  const { facts, platform, lastValid } = question;
  const none = (verdict: Decision['verdict'], reason: string, problems: readonly string[] = []): Desired => ({
    decision: { verdict, reason, problems },
    previews: [],
    keepAll: verdict === 'invalid',
    lastValid,
  });
  if (question.missing) return none('not-wanted', 'Missing');
  const { pullRequest } = facts;
  if (pullRequest.state !== 'open') return none('not-wanted', pullRequest.state === 'merged' ? 'Merged' : 'Closed');
  const asked = wantedTenants(pullRequest.labels, platform.label, platform.tenants);
  if (asked.wanted === 'none' && asked.unknown.length === 0) return none('not-wanted', 'NotLabelled');
  if (pullRequest.fork) return none('refused', 'Fork');
  if (question.app.heldBy !== undefined) {
    return none('invalid', 'NameHeld', [`The name "${question.app.name}" is held by ${question.app.heldBy}.`]);
  }
  const config = chooseConfig(question);
  if (!config.use) return none('invalid', config.reason, config.problems);
  const { project, sha } = config.use;
  const tenants = chooseTenants(project, asked, platform);
  const problems = [...config.problems, ...tenants.problems];
  const verdict = tenants.chosen.length === 0 ? 'refused' : 'wanted';
  return {
    decision: { verdict, reason: verdict === 'refused' ? 'NoTenant' : config.reason, problems },
    previews: tenants.chosen.map((tenant) => previewOf(question, project, sha, tenant)),
    keepAll: false,
    lastValid: config.lastValid,
  };
}

type ChosenConfig = {
  readonly use: { readonly project: Project; readonly sha: string } | undefined;
  readonly reason: string;
  readonly problems: readonly string[];
  readonly lastValid: PullRequestRecord['lastValid'];
};

function chooseConfig(question: Question): ChosenConfig {
  const { facts, lastValid } = question;
  const sha = facts.pullRequest.headSha;
  if (facts.config.kind === 'file') {
    const parsed = parse(facts.config.text, question);
    if (parsed.ok) return { use: { project: parsed.project, sha }, reason: 'Labelled', problems: [], lastValid: { sha, text: facts.config.text } };
    return older('ConfigBroken', parsed.problems.map(formatProblem));
  }
  if (facts.config.kind === 'unreadable') return older('ConfigBroken', [`${projectConfigPath}: ${facts.config.why}`]);
  return older('ConfigMissing', []);

  function older(reason: string, problems: readonly string[]): ChosenConfig {
    const parsed = lastValid && parseLastValid(lastValid.text, question);
    const use = lastValid && parsed?.ok === true ? { project: parsed.project, sha: lastValid.sha } : undefined;
    return { use, reason, problems, lastValid };
  }
}

function parse(text: string, question: Question): ReturnType<typeof parseProject> {
  return parseProject(text, projectConfigPath, { tenants: question.platform.tenants, app: question.app.name });
}

/** The last valid config may name tenants that the platform has no more: those go, the others stay. With none left it is not valid. */
function parseLastValid(text: string, { platform, app }: Question): ReturnType<typeof parseProject> {
  const named = z.object({ tenants: z.array(z.string()) }).safeParse(parseYaml(text)).data?.tenants ?? [];
  const left = named.some((tenant) => platform.tenants.includes(tenant));
  return parseProject(text, projectConfigPath, { tenants: left ? [...new Set([...platform.tenants, ...named])] : platform.tenants, app: app.name });
}

function chooseTenants(project: Project, asked: WantedTenants, { label, tenants }: Pick<Platform, 'label' | 'tenants'>): { readonly chosen: readonly string[]; readonly problems: readonly string[] } {
  const all = project.tenants.filter((tenant) => tenants.includes(tenant));
  const has = project.tenants.length === 0 ? [''] : all;
  const wanted = asked.wanted;
  const chosen = wanted === 'all' ? has : wanted === 'none' ? [] : has.filter((tenant) => wanted.includes(tenant));
  const absent = typeof wanted === 'string' ? [] : wanted.filter((tenant) => !has.includes(tenant));
  const labels = [...absent.map((tenant) => `${label}/${tenant}`), ...asked.unknown];
  const known = all.length === 0 ? 'it has none' : `it has ${all.join(', ')}`;
  return { chosen, problems: labels.map((name) => `The label ${name} names no tenant of this project (${known}).`) };
}

function previewOf(question: Question, project: Project, sha: string, tenant: string): Preview {
  const { facts, platform, key } = question;
  const app = question.app.name;
  const parts = { app, pr: key.number, ...(tenant === '' ? {} : { tenant }) };
  const host = hostName(parts, platform.domain);
  const values = {
    app,
    pr: String(key.number),
    tenant,
    sha,
    shortSha: sha.slice(0, 7),
    branch: safeBranch(facts.pullRequest.headRef),
    host,
  };
  return {
    tenant,
    cluster: homeCluster,
    namespace: namespaceName(parts),
    host,
    url: previewUrl(platform, host),
    sha,
    app,
    image: substitute(project.image, values),
    env: project.env.map(({ name, value }) => ({ name, value: substitute(value, values) })),
    project,
    ingressClass: platform.ingress.class,
    pullRequest: { owner: formatKey(key), number: key.number, url: facts.pullRequest.url },
    readAt: facts.readAt,
  };
}
