import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { webhookEvents } from '../../app/core/hints.ts';

const manifest = parse(readFileSync('app.yml', 'utf8')) as { default_permissions: Record<string, string>; default_events: string[] };

/** Delivered to every App; a manifest may not list them (docs.github.com, "GitHub App webhook events"). */
const unasked = ['installation', 'installation_repositories'];

/** What each thing that the code does on GitHub needs (docs.github.com, "Permissions required for GitHub Apps"). */
const needs: readonly { readonly uses: RegExp; readonly permission: string; readonly access: 'read' | 'write' }[] = [
  { uses: /\.issues\.(create|update|delete)Comment\b/, permission: 'pull_requests', access: 'write' },
  { uses: /\.issues\.createLabel\b/, permission: 'pull_requests', access: 'write' },
  { uses: /\.reactions\.createForIssueComment\b/, permission: 'pull_requests', access: 'write' },
  { uses: /\.checks\.(create|update)\b/, permission: 'checks', access: 'write' },
  { uses: /\.repos\.createDeployment(Status)?\b/, permission: 'deployments', access: 'write' },
  { uses: /\bfile\(path:/, permission: 'contents', access: 'read' },
  { uses: /\.git\.get(Tree|Blob)\b/, permission: 'contents', access: 'read' },
  { uses: /\bstatusCheckRollup\b/, permission: 'statuses', access: 'read' },
  { uses: /\.repos\.get(CollaboratorPermissionLevel)?\b/, permission: 'metadata', access: 'read' },
  { uses: /\bpullRequest\(number:/, permission: 'pull_requests', access: 'read' },
  { uses: /\bnameWithOwner|isPrivate\b/, permission: 'metadata', access: 'read' },
];

/**
 * What each event needs ("Webhook events and payloads", docs.github.com); GitHub refuses a manifest that asks for an event
 * without it, also for issue_comment where the comments are those of pull requests (derive-to/derive#269).
 */
const eventNeeds: Readonly<Record<string, string>> = {
  pull_request: 'pull_requests',
  issue_comment: 'issues',
  status: 'statuses',
  check_run: 'checks',
  check_suite: 'checks',
};

const source = globSync('app/io/github/*.ts').map((file) => readFileSync(file, 'utf8')).join('\n');

test('app.yml asks for the events that are handled, and no others', () => {
  assert.deepEqual(manifest.default_events, webhookEvents.filter((event) => !unasked.includes(event)));
});

test('app.yml asks for the permissions that the events and the calls need, and no more', () => {
  const needed: Record<string, string> = {};
  for (const event of manifest.default_events) needed[eventNeeds[event] ?? `nobody knows for ${event}`] = 'read';
  for (const { uses, permission, access } of needs) {
    if (uses.test(source) && needed[permission] !== 'write') needed[permission] = access;
  }
  assert.deepEqual(manifest.default_permissions, needed);
});

test('every call to GitHub is in the table of what it needs', () => {
  const calls = [...source.matchAll(/\brest(?:\(on\))?\.\w+\.\w+\b/g)].map(([call]) => call);
  // As the App itself, or about what the token reaches: these need no permission of a repository.
  const free = /\.apps\./;
  assert.deepEqual(calls.filter((call) => !free.test(call) && !needs.some(({ uses }) => uses.test(call))), []);
});
