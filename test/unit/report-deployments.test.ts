import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { causeOfTrouble } from '../../app/core/trouble-cause.ts';
import type { Phase, TenantState } from '../../app/core/health.ts';
import type { SaidDeployment } from '../../app/core/record.ts';
import { environmentName, planDeployments, type DeploymentStep } from '../../app/core/report/deployments.ts';
import { newSha, oldSha, recordOf } from '../support/report-builders.ts';

const url = 'https://foo-241-fr.preview.bar.com';

function state(phase: Phase, parts: Partial<TenantState> = {}): TenantState {
  return {
    tenant: 'fr',
    url,
    links: [],
    sha: newSha,
    phase,
    serving: phase === 'live' ? newSha : undefined,
    since: undefined,
    cause: undefined,
    ...parts,
  };
}

function said(id: number, name: string, parts: Partial<SaidDeployment> = {}): SaidDeployment {
  return { id, tenant: 'fr', sha: newSha, state: name, ...parts };
}

function plan(
  states: readonly TenantState[],
  deployments: readonly SaidDeployment[],
  pressure = false,
): readonly DeploymentStep[] {
  const record = recordOf({ decision: { verdict: 'wanted', reason: 'Labelled', problems: [] }, said: { deployments } });
  return planDeployments({ record, states, pressure });
}

/** Steps in a few words. */
function brief(steps: readonly DeploymentStep[]): readonly string[] {
  return steps.map((step) =>
    step.do === 'create' ? `create ${step.tenant} ${step.sha.slice(0, 3)}` : `${step.id} ${step.state.state}`,
  );
}

const older = (id: number, name: string): SaidDeployment => said(id, name, { sha: oldSha });

describe('planDeployments', () => {
  const cases: readonly (readonly [string, readonly TenantState[], readonly SaidDeployment[], readonly string[]])[] = [
    ['the first of a commit', [state('starting')], [], ['create fr 4fe']],
    ['live already', [state('live')], [], ['create fr 4fe']],
    ['failed already', [state('failed')], [], ['create fr 4fe']],
    ['blocked: none', [state('blocked')], [], []],
    ['created, starting', [state('starting')], [said(1, 'pending')], ['1 in_progress']],
    ['created, updating', [state('updating', { serving: oldSha })], [said(1, 'pending')], ['1 in_progress']],
    ['said that it starts', [state('starting')], [said(1, 'in_progress')], []],
    ['live', [state('live')], [said(1, 'in_progress')], ['1 success']],
    ['said that it is live', [state('live')], [said(1, 'success')], []],
    ['live, as GraphQL calls it', [state('live')], [said(1, 'active')], []],
    ['a pod started again', [state('starting')], [said(1, 'success')], []],
    ['failed', [state('failed')], [said(1, 'in_progress')], ['1 failure']],
    ['blocked after all', [state('blocked')], [said(1, 'in_progress')], ['1 failure']],
    ['failed after it was live', [state('failed')], [said(1, 'success')], ['1 failure']],
    ['mended', [state('live')], [said(1, 'failure')], ['1 success']],
    [
      'the next commit starts: the link still shows the one before',
      [state('updating', { serving: oldSha })],
      [older(1, 'success')],
      ['create fr 4fe'],
    ],
    [
      'the next commit failed: so it does',
      [state('failed', { serving: oldSha })],
      [older(1, 'success'), said(2, 'failure')],
      [],
    ],
    [
      'served, though never said to be live',
      [state('updating', { serving: oldSha })],
      [older(1, 'in_progress'), said(2, 'in_progress')],
      [],
    ],
    [
      'the next commit is live: then the one before ends',
      [state('live')],
      [older(1, 'success'), said(2, 'in_progress')],
      ['2 success', '1 inactive'],
    ],
    [
      'pushed over before it was live',
      [state('starting')],
      [older(1, 'in_progress'), said(2, 'in_progress')],
      ['1 inactive'],
    ],
    ['two of one commit: the older stays', [state('live')], [said(5, 'success'), said(3, 'success')], ['5 inactive']],
    ['going', [state('removing')], [said(1, 'success')], ['1 inactive']],
    ['gone', [state('removed')], [older(1, 'failure'), said(2, 'success')], ['1 inactive', '2 inactive']],
    ['held back: the link still answers', [state('removing', { serving: newSha })], [said(1, 'success')], []],
    ['over stays over', [state('removed')], [said(1, 'inactive'), said(2, 'destroyed')], []],
    ['wanted again after it was over', [state('starting')], [said(1, 'inactive')], ['create fr 4fe']],
    ['of a tenant that is no longer known', [], [said(1, 'success', { tenant: 'hu' })], ['1 inactive']],
    [
      'created first, then what is final, then ends, then what passes by',
      [
        state('starting'),
        state('live', { tenant: 'be' }),
        state('failed', { tenant: 'hr' }),
        state('removed', { tenant: 'hu' }),
        state('live', { tenant: 'nl' }),
      ],
      [
        said(1, 'pending'),
        said(2, 'pending', { tenant: 'be' }),
        said(3, 'pending', { tenant: 'hr' }),
        said(4, 'success', { tenant: 'hu' }),
      ],
      ['create nl 4fe', '2 success', '3 failure', '4 inactive', '1 in_progress'],
    ],
  ];
  for (const [name, states, deployments, expected] of cases) {
    test(name, () => {
      assert.deepEqual(brief(plan(states, deployments)), expected);
    });
  }

  test('under pressure what only passes by is left out', () => {
    assert.deepEqual(brief(plan([state('starting')], [said(1, 'pending')], true)), []);
    assert.deepEqual(brief(plan([state('live')], [said(1, 'pending')], true)), ['1 success']);
  });

  test('success says where, failure says why, in 140 characters', () => {
    assert.deepEqual(plan([state('live')], [said(1, 'pending')]), [
      {
        do: 'state',
        tenant: 'fr',
        sha: newSha,
        id: 1,
        state: { state: 'success', environmentUrl: url, description: 'The preview is live.' },
      },
    ]);
    const [step] = plan(
      [state('failed', { cause: causeOfTrouble({ reason: 'ApplyFailed', message: 'x' }) })],
      [said(1, 'pending')],
    );
    assert.equal(
      step?.do === 'state' && step.state.description,
      'The preview is not live: the cluster did not take it.',
    );
  });

  test('an address that is none of the web is not handed on', () => {
    const [step] = plan([state('live', { url: 'javascript:alert(1)' })], [said(1, 'pending')]);
    assert.equal(step?.do === 'state' && 'environmentUrl' in step.state, false);
  });

  test('written and remembered, the same input gives no more: whatever had been said', () => {
    const phase = fc.constantFrom<Phase>('live', 'updating', 'starting', 'failed', 'blocked', 'removing', 'removed');
    const sha = fc.constantFrom(newSha, oldSha);
    const tenant = fc.constantFrom('fr', 'be', '');
    const states = fc.uniqueArray(fc.record({ tenant, sha, phase, serving: fc.option(sha, { nil: undefined }) }), {
      selector: (one) => one.tenant,
    });
    const name = fc.constantFrom(
      'pending',
      'in_progress',
      'success',
      'active',
      'failure',
      'error',
      'inactive',
      'destroyed',
    );
    const deployments = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 9 }), tenant, sha, state: name }), {
      selector: (one) => one.id,
    });
    fc.assert(
      fc.property(states, deployments, fc.boolean(), (parts, before, pressure) => {
        const all = parts.map((one) => ({
          ...state(one.phase),
          ...one,
          serving: one.phase === 'live' ? one.sha : one.serving,
        }));
        let now: readonly SaidDeployment[] = before;
        let writes = 0;
        for (let [step] = plan(all, now, pressure); step; [step] = plan(all, now, pressure)) {
          writes += 1;
          assert.ok(writes <= before.length + 2 * all.length, 'it does not end');
          now = applied(step, now);
        }
        for (const one of all.filter((candidate) => candidate.phase === 'live')) {
          const open = now.filter(
            (deployment) => deployment.tenant === one.tenant && !['inactive', 'destroyed'].includes(deployment.state),
          );
          assert.deepEqual(
            open.map((deployment) => [deployment.sha, deployment.state === 'active' ? 'success' : deployment.state]),
            [[one.sha, 'success']],
          );
        }
      }),
    );
  });

  function applied(step: DeploymentStep, now: readonly SaidDeployment[]): readonly SaidDeployment[] {
    if (step.do === 'create')
      return [...now, { id: 100 + now.length, tenant: step.tenant, sha: step.sha, state: 'pending' }];
    return now.map((deployment) =>
      deployment.id === step.id ? { ...deployment, state: step.state.state } : deployment,
    );
  }
});

test('environmentName', () => {
  assert.deepEqual([environmentName('fr'), environmentName('')], ['preview/fr', 'preview']);
});
