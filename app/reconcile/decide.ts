import { previewUrl, tenantOf, secretsFor, type Platform } from '../config/platform.ts';
import type { Project } from '../config/project.ts';
import { admittedLabels, restartOf } from '../core/intent.ts';
import { formatKey } from '../core/key.ts';
import { isOurLabel, wantedTenants, type WantedTenants } from '../core/labels.ts';
import { hostName, namespaceName, safeBranch } from '../core/names.ts';
import type { Decision, LastValid } from '../core/record.ts';
import { chooseProject, type Chosen } from './choose-project.ts';
import { doorRules } from './door-rules.ts';
import type { Preview } from './preview.ts';
import type { Question } from './question.ts';

export type Desired = {
  readonly decision: Decision;
  readonly previews: readonly Preview[];
  /** True when the facts are no evidence against any preview that runs: then nothing is removed. */
  readonly keepAll: boolean;
  readonly lastValid: LastValid | undefined;
  /** When, at the latest, this has to be decided again without anything happening (ISO 8601). */
  readonly againAt: string | undefined;
};

/**
 * Decides which previews one pull request should have, and why. Pure. In order: what is gone, closed, not labelled (by somebody
 * who may) or stopped has none; a fork's commit has one once it is approved; the config at the head decides once CI lets it
 * through, and until then, or while it is broken or missing, the last valid one with its commit.
 */
export function decide(question: Question): Desired {
  const asked = whatIsAsked(question);
  if ('decision' in asked) return asked;
  const fork = forkGate(question);
  if (fork) return fork;
  if (question.app.heldBy !== undefined) {
    return nothing(question, 'invalid', 'NameHeld', [`The name "${question.app.name}" is held by ${question.app.heldBy}.`]);
  }
  const chosen = chooseProject(question);
  if (!chosen.use) return nothing(question, chosen.verdict === 'waiting' ? 'waiting' : 'invalid', chosen.reason, chosen.problems, chosen);
  return desire(question, asked, chosen, chosen.use);
}

function desire(question: Question, asked: Asked, chosen: Chosen, use: NonNullable<Chosen['use']>): Desired {
  const tenants = chooseTenants(use.project, asked, question.platform);
  const none = tenants.chosen.length === 0;
  const unsure = asked.wanted === 'all' ? [] : asked.unsure.map((label) => `GitHub does not tell who put the label ${label} on.`);
  const { awaited, waiting } = chosen;
  return {
    decision: {
      verdict: none ? 'refused' : chosen.verdict,
      reason: none ? 'NoTenant' : chosen.reason,
      problems: [...chosen.problems, ...tenants.problems, ...unsure],
      ...(awaited ? { awaited } : {}),
      ...(waiting ? { waiting } : {}),
    },
    previews: tenants.chosen.map((tenant) => previewOf(question, use, tenant)),
    keepAll: unsure.length > 0,
    lastValid: chosen.lastValid,
    againAt: chosen.againAt,
  };
}

function nothing(question: Question, verdict: Decision['verdict'], reason: string, problems: readonly string[] = [], chosen?: Chosen): Desired {
  const { awaited, waiting, againAt } = chosen ?? {};
  return {
    decision: { verdict, reason, problems, ...(awaited ? { awaited } : {}), ...(waiting ? { waiting } : {}) },
    previews: [],
    keepAll: verdict === 'invalid' || verdict === 'waiting',
    lastValid: chosen ? chosen.lastValid : question.lastValid,
    againAt,
  };
}

/** `unsure`: labels of ours that nobody is known to have put on. */
type Asked = WantedTenants & { readonly unsure: readonly string[] };

/** Returns the tenants that the labels ask for, or the decision where they ask for none. */
function whatIsAsked(question: Question): Asked | Desired {
  const { facts, intent, platform } = question;
  const { state, labels } = facts.pullRequest;
  if (question.missing) return nothing(question, 'not-wanted', 'Missing');
  if (state !== 'open') return nothing(question, 'not-wanted', state === 'merged' ? 'Merged' : 'Closed');
  const all = wantedTenants(labels, platform.label, platform.tenants);
  if (!asks(all)) return all.lookalikes.length === 0 ? nothing(question, 'not-wanted', 'NotLabelled') : nothing(question, 'refused', 'LookAlike', all.lookalikes.map(lookalike));
  const { admitted, refused, unknown } = admittedLabels(intent, labels);
  const asked = wantedTenants(admitted, platform.label, platform.tenants);
  // Who put a label on may be unknown for a moment only: that is no evidence against what runs.
  const unsure = unknown.filter((label) => isOurLabel(label, platform.label));
  if (!asks(asked)) {
    if (asks(wantedTenants(unsure, platform.label, platform.tenants))) return { ...nothing(question, 'refused', 'LabelUnknown', unsure), keepAll: true };
    return nothing(question, 'refused', 'NotAllowed', refused.map(({ by, label }) => `${by} put the label ${label} on.`));
  }
  if (intent.stopped) return nothing(question, 'not-wanted', 'Stopped');
  return { ...asked, unsure };
}

function asks({ wanted, unknown }: WantedTenants): boolean {
  return wanted !== 'none' || unknown.length > 0;
}

function lookalike({ label, meant }: WantedTenants['lookalikes'][number]): string {
  return `The label ${label} looks like ${meant}, and is another.`;
}

/** A fork's commit runs only once somebody approved exactly that one; what was approved before stays until then. */
function forkGate(question: Question): Desired | undefined {
  const { facts, intent, platform } = question;
  const { fork, headSha } = facts.pullRequest;
  if (!fork) return undefined;
  if (platform.forks === 'never') return nothing(question, 'refused', 'ForksNever');
  if (intent.approved?.sha === headSha) return undefined;
  return { ...nothing(question, 'refused', 'Fork'), keepAll: question.lastValid !== undefined };
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

function previewOf(question: Question, { project, sha, cloud }: NonNullable<Chosen['use']>, tenant: string): Preview {
  const { facts, platform, key, intent } = question;
  const app = question.app.name;
  const parts = { app, pr: key.number, ...(tenant === '' ? {} : { tenant }) };
  const { domain, cluster, values: tenantValues } = tenantOf(platform, tenant);
  const { owner, name } = facts.repository;
  const { fork, headRef, url } = facts.pullRequest;
  const namespace = namespaceName(parts);
  const apps = project.apps.map((one) => {
    const host = hostName({ ...parts, ...(one.part === '' ? {} : { part: one.part }) }, domain);
    return { ...one, host, url: previewUrl(platform, tenant, host), rules: doorRules(platform, one, tenant, namespace) };
  });
  return {
    tenant,
    cluster,
    namespace,
    instance: platform.namespace,
    sha,
    app,
    apps,
    hooks: project.hooks,
    cloud,
    tenantValues,
    values: { app, pr: String(key.number), tenant, sha, shortSha: sha.slice(0, 7), branch: safeBranch(headRef), host: apps[0]?.host ?? '' },
    ingress: { class: platform.ingress.class, form: platform.ingress.classForm, dialect: platform.ingress.controller },
    level: fork ? 'restricted' : 'baseline',
    secrets: fork ? [] : secretsFor(platform, `${owner}/${name}`, tenant),
    restart: restartOf(intent, tenant),
    repository: { installation: key.installation, owner, name },
    pullRequest: { owner: formatKey(key), number: key.number, url },
    readAt: facts.readAt,
  };
}
