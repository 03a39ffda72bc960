import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../app/io/kubernetes/kinds.ts';
import { describeRights, neededRights } from '../../app/io/kubernetes/rights.ts';

type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };
type Role = { kind: string; metadata: { name: string; namespace?: string }; rules?: Rule[]; roleRef?: { kind: string; name: string }; subjects?: { name: string; namespace: string }[] };

const files = ['1-avant.yaml'].map((name) => readFileSync(new URL(`../../install/kubectl/${name}`, import.meta.url), 'utf8'));
const objects = files.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Role));

/** What the roles bound to Avant's account give, a verb each: `group/resource verb in namespace of name`. */
function given(): string[] {
  const bindings = objects.filter(({ kind, subjects = [] }) => kind.endsWith('RoleBinding') && subjects.some(({ name, namespace }) => name === 'avant' && namespace === 'avant'));
  return bindings.flatMap(({ roleRef, metadata: { namespace } }) => {
    const role = objects.find(({ kind, metadata }) => kind === roleRef?.kind && metadata.name === roleRef.name && metadata.namespace === namespace);
    assert.ok(role, `${roleRef?.kind ?? ''} ${roleRef?.name ?? ''}`);
    return (role.rules ?? []).flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.flatMap((verb) => resourceNames.map((name) => line({ group, resource, verb, namespace, name }))))),
    );
  });
}

function line({ group, resource, verb, namespace = '', name = '' }: { group: string; resource: string; verb: string; namespace?: string | undefined; name?: string | undefined }): string {
  return `${group}/${resource} ${verb} in "${namespace}" of "${name}"`;
}

test('what avant doctor asks for is what the roles of install/ give, and no more', () => {
  assert.deepEqual([...new Set(given())].sort(), neededRights('avant').map(line).sort());
});

test('every kind that Avant handles is listed and watched; a cluster without records has one right less', () => {
  const lines = neededRights(undefined).map(({ resource, verb }) => `${resource} ${verb}`);
  for (const { plural } of kinds) for (const verb of ['get', 'list', 'watch']) assert.ok(lines.includes(`${plural} ${verb}`), `${plural} ${verb}`);
  assert.equal(neededRights('avant').length, lines.length + 1);
  assert.ok(!lines.includes('configmaps update'));
});

test('rights are told a resource each', () => {
  const rights = neededRights('avant').filter(({ resource, verb }) => ['pods', 'pods/log', 'endpoints'].includes(resource) || (resource === 'configmaps' && verb === 'update'));
  assert.equal(describeRights(rights), 'pods (get, list, watch, delete), pods/log (get), endpoints in default (get), configmaps in avant (update)');
  assert.equal(describeRights([{ group: 'apps', resource: 'deployments', verb: 'patch' }]), 'deployments.apps (patch)');
});
