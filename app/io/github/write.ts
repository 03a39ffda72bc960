import * as z from 'zod';
import type { CheckContent, GitHubWriter, Target } from '../../core/ports.ts';
import { checkName } from '../../core/report/check.ts';
import { isoDate, refusalOf, saysNotFound, shaped, wholeSeconds } from './answer.ts';
import type { GitHubClients } from './client.ts';

const created = z.object({ id: z.int().positive() });
const commentCreated = created.extend({ node_id: z.string().min(1) });

/** Longest description of a deployment and of its states that GitHub takes. */
const mostDescription = 140;

type Headers = { readonly date?: string | undefined };

/**
 * Opens what Avant writes on GitHub. Every method is one REST call. A rate limit throws a NotYetError, `gone` is a 404
 * or 410 in GitHub's own JSON, every other refusal is thrown. The write's time falls back to our clock where an answer
 * has no Date: it was made.
 */
export function openGitHubWriter(clients: GitHubClients): GitHubWriter {
  const at = (headers: Headers) => isoDate(headers.date) ?? wholeSeconds(clients.clock.now());
  const rest = (on: Pick<Target, 'installation'>) => clients.installation(on.installation).rest;
  const place = ({ owner, name }: Pick<Target, 'owner' | 'name'>) => ({ owner, repo: name });
  return {
    async createComment(on, body) {
      const { data, headers } = await rest(on).issues.createComment({ ...place(on), issue_number: on.number, body });
      const { id, node_id } = shaped(commentCreated, data, 'GitHub on the new comment');
      return { id, nodeId: node_id, at: at(headers) };
    },
    updateComment: (on, id, body) =>
      orGone(async () => {
        const { data, headers } = await rest(on).issues.updateComment({ ...place(on), comment_id: id, body });
        shaped(created, data, 'GitHub on the comment');
        return { at: at(headers) };
      }),
    async deleteComment(on, id) {
      try {
        const { headers } = await rest(on).issues.deleteComment({ ...place(on), comment_id: id });
        return { at: at(headers) };
      } catch (error) {
        if (!saysNotFound(error)) throw error;
        return { at: at(refusalOf(error)?.headers ?? {}) };
      }
    },
    async createCheck(on, check) {
      // The same for every pull request that has the commit: a check belongs to the commit.
      const { data, headers } = await rest(on).checks.create({
        ...place(on),
        name: checkName,
        head_sha: check.sha,
        external_id: check.sha,
        ...checkFields(check),
      });
      return { id: shaped(created, data, 'GitHub on the new check').id, at: at(headers) };
    },
    updateCheck: (on, id, check) =>
      orGone(async () => {
        const { data, headers } = await rest(on).checks.update({
          ...place(on),
          check_run_id: id,
          ...checkFields(check),
        });
        shaped(created, data, 'GitHub on the check');
        return { at: at(headers) };
      }),
    async createDeployment(on, { sha, environment, payload, description }) {
      // With their defaults the first two would merge the base branch into the developer's, and refuse while a check is
      // pending.
      const { data, headers } = await rest(on).repos.createDeployment({
        ...place(on),
        ref: sha,
        environment,
        payload,
        description: description.slice(0, mostDescription),
        auto_merge: false,
        required_contexts: [],
        transient_environment: true,
        production_environment: false,
      });
      return { id: shaped(created, data, 'GitHub on the new deployment').id, at: at(headers) };
    },
    setDeploymentState: (on, id, { state, environmentUrl, description }) =>
      orGone(async () => {
        // Other pull requests share the environment: their deployments stay as they are.
        const { data, headers } = await rest(on).repos.createDeploymentStatus({
          ...place(on),
          deployment_id: id,
          state,
          description: description.slice(0, mostDescription),
          auto_inactive: false,
          ...(environmentUrl === undefined ? {} : { environment_url: environmentUrl }),
        });
        shaped(created, data, 'GitHub on the deployment');
        return { at: at(headers) };
      }),
    async react(on, comment, reaction) {
      try {
        const { headers } = await rest(on).reactions.createForIssueComment({
          ...place(on),
          comment_id: comment,
          content: reaction,
        });
        return { at: at(headers) };
      } catch (error) {
        if (!saysNotFound(error)) throw error;
        return { at: at(refusalOf(error)?.headers ?? {}) };
      }
    },
    async createLabel(on, label) {
      try {
        await rest(on).issues.createLabel({
          ...place(on),
          name: label,
          color: '1d76db',
          description: 'Deploys this pull request as a preview',
        });
      } catch (error) {
        if (!saysAlreadyExists(error)) throw error;
      }
    },
  };
}

function checkFields({ status, conclusion, title, summary, detailsUrl }: CheckContent) {
  return {
    status,
    ...(conclusion === undefined ? {} : { conclusion }),
    ...(detailsUrl === undefined ? {} : { details_url: detailsUrl }),
    output: { title, summary },
  };
}

async function orGone<T>(write: () => Promise<T>): Promise<T | 'gone'> {
  try {
    return await write();
  } catch (error) {
    if (saysNotFound(error)) return 'gone';
    throw error;
  }
}

function saysAlreadyExists(thrown: unknown): boolean {
  const refusal = refusalOf(thrown);
  if (refusal?.status !== 422) return false;
  const body = z.object({ errors: z.array(z.object({ code: z.string().optional() })) }).safeParse(refusal.data);
  return body.success && body.data.errors.some(({ code }) => code === 'already_exists');
}
