import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { auditProblems, type Manifest } from '../support/rbac.ts';

const user = 'system:serviceaccount:avant:avant';
const subjects = [{ kind: 'ServiceAccount', name: 'avant', namespace: 'avant' }];

const roles: readonly Manifest[] = [
  { kind: 'ServiceAccount', metadata: { name: 'avant', namespace: 'avant' } },
  { kind: 'ClusterRole', metadata: { name: 'avant' }, rules: [{ apiGroups: [''], resources: ['services', 'secrets'], verbs: ['list', 'create', 'patch'] }] },
  { kind: 'ClusterRoleBinding', metadata: { name: 'avant' }, roleRef: { kind: 'ClusterRole', name: 'avant' }, subjects },
  { kind: 'Role', metadata: { name: 'avant', namespace: 'default' }, rules: [{ apiGroups: [''], resources: ['endpoints'], resourceNames: ['kubernetes'], verbs: ['get'] }] },
  { kind: 'RoleBinding', metadata: { name: 'avant', namespace: 'default' }, roleRef: { kind: 'Role', name: 'avant' }, subjects },
  { kind: 'ClusterRole', metadata: { name: 'somebody' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
  { kind: 'ClusterRoleBinding', metadata: { name: 'somebody' }, roleRef: { kind: 'ClusterRole', name: 'somebody' }, subjects: [{ kind: 'User', name: 'somebody' }] },
];

type Ref = { readonly apiGroup?: string; readonly resource: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };

/** A line of an audit log, as kube-apiserver 1.36 writes it. */
function line(verb: string, objectRef: Ref, code = 200, username = user): string {
  return JSON.stringify({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage: 'ResponseComplete', verb, user: { username }, objectRef, responseStatus: { code } });
}

const enough = [
  line('list', { resource: 'services' }),
  line('patch', { resource: 'secrets', namespace: 'foo-1', name: 'a' }, 201),
  line('get', { resource: 'endpoints', namespace: 'default', name: 'kubernetes' }),
];
const problems = (...more: string[]): string[] => auditProblems(roles, [...enough, ...more], { rare: {} });

describe('the audit of roles', () => {
  test('is silent where every call is covered and every word used; an apply of what was not there is a create too', () => {
    assert.deepEqual(problems('', line('list', { resource: 'pods' }, 200, 'somebody')), []);
  });

  test('tells a call that no rule covers, by its verb, its resource and its group', () => {
    assert.deepEqual(problems(line('delete', { resource: 'services', namespace: 'foo-1', name: 'a' })), ['delete of services in foo-1 is covered by no rule, and was answered with 200']);
    assert.deepEqual(problems(line('list', { apiGroup: 'apps', resource: 'services' })), ['list of services.apps is covered by no rule, and was answered with 200']);
    assert.deepEqual(problems(line('create', { resource: 'secrets', subresource: 'token', namespace: 'a' })), ['create of secrets/token in a is covered by no rule, and was answered with 200']);
  });

  test('tells a refused call once, however often it came', () => {
    const refused = line('get', { resource: 'nodes', name: 'n' }, 403);
    assert.deepEqual(problems(refused, refused), ['get of nodes was refused: no rule covers it']);
  });

  test('does not take a role of one namespace for another, nor a name for another', () => {
    assert.deepEqual(problems(line('get', { resource: 'endpoints', namespace: 'foo-1', name: 'kubernetes' })), ['get of endpoints in foo-1 is covered by no rule, and was answered with 200']);
    assert.deepEqual(problems(line('get', { resource: 'endpoints', namespace: 'default', name: 'other' })), ['get of endpoints in default is covered by no rule, and was answered with 200']);
  });

  test('tells the words of a rule that no call used, unless they are for rare cases', () => {
    const quiet = [line('list', { resource: 'services' })];
    assert.deepEqual(auditProblems(roles, quiet, { rare: {} }), [
      'ClusterRole avant allows create of services, secrets, which no call used',
      'ClusterRole avant allows patch of services, secrets, which no call used',
      'ClusterRole avant allows list, create, patch of secrets, which no call used',
      'Role avant in default allows get of endpoints, which no call used',
    ]);
    assert.deepEqual(auditProblems(roles, quiet, { rare: { 'create secrets': '', 'patch secrets': '', 'get endpoints': '' } }), []);
  });

  test('is not silent where there was nothing to look at', () => {
    assert.deepEqual(auditProblems(roles, []), [`${user} is not in the audit log`]);
    assert.deepEqual(auditProblems([], enough), [`no role is bound to ${user}`]);
  });

  test('leaves out what every account may ask for', () => {
    assert.deepEqual(problems(line('create', { apiGroup: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' }, 201)), []);
  });
});
