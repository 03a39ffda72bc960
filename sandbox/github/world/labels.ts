import type { Label, PullRequest, Repository, State } from './model.ts';
import { invalid, notFound, Refusal } from '../refusal.ts';
import { nodeId } from './ids.ts';
import { accountOf, announce, changed } from './state.ts';

/** The labels of every new repository on GitHub. */
export const defaultLabels: readonly { name: string; color: string; description: string }[] = [
  { name: 'bug', color: 'd73a4a', description: "Something isn't working" },
  { name: 'documentation', color: '0075ca', description: 'Improvements or additions to documentation' },
  { name: 'duplicate', color: 'cfd3d7', description: 'This issue or pull request already exists' },
  { name: 'enhancement', color: 'a2eeef', description: 'New feature or request' },
  { name: 'good first issue', color: '7057ff', description: 'Good for newcomers' },
  { name: 'help wanted', color: '008672', description: 'Extra attention is needed' },
  { name: 'invalid', color: 'e4e669', description: "This doesn't seem right" },
  { name: 'question', color: 'd876e3', description: 'Further information is requested' },
  { name: 'wontfix', color: 'ffffff', description: 'This will not be worked on' },
];

/** The colour GitHub gives a label made by adding it to an issue. */
const colorWhenUnsaid = 'ededed';

export type NewLabel = { name: string; color?: string | undefined; description?: string | null | undefined };

/** Adds a label to the repository without a word to anybody. */
export function newLabel(state: State, repository: Repository, made: NewLabel & { isDefault?: boolean }): Label {
  const name = made.name.trim();
  if (name === '') throw invalid('Label', 'name', 'missing_field');
  // 50 characters and six hexadecimal digits are GitHub's own rules.
  if (Array.from(name).length > 50) {
    throw invalid('Label', 'name', 'custom', 'name is too long (maximum is 50 characters)');
  }
  const color = (made.color ?? colorWhenUnsaid).toLowerCase();
  if (!/^[0-9a-f]{6}$/.test(color)) throw invalid('Label', 'color', 'invalid');
  if (repository.labels.has(name.toLowerCase())) throw invalid('Label', 'name', 'already_exists');
  const id = state.nextId('label');
  const now = state.now();
  const label: Label = {
    kind: 'Label',
    id,
    nodeId: nodeId('LA', repository.id, id),
    repository,
    name,
    color,
    description: made.description ?? null,
    isDefault: made.isDefault ?? false,
    createdAt: now,
    updatedAt: now,
  };
  repository.labels.set(name.toLowerCase(), label);
  state.nodes.set(label.nodeId, label);
  return label;
}

/** A new label of the repository. Throws a 422 if it has one of that name, whatever the case. */
export function createLabel(state: State, repository: Repository, made: NewLabel): Label {
  const label = newLabel(state, repository, made);
  changed(state);
  return label;
}

/** Takes a label from the repository and from its pull requests. Throws a 404 if there is none. */
export function deleteLabel(state: State, repository: Repository, name: string, by?: string): void {
  const label = repository.labels.get(name.toLowerCase());
  if (!label) throw notFound();
  for (const pull of repository.pulls.values()) {
    if (pull.labels.includes(label)) removeLabel(state, pull, label.name, by);
  }
  repository.labels.delete(label.name.toLowerCase());
  state.nodes.delete(label.nodeId);
  changed(state);
}

/** Puts a label on a pull request, making it if the repository lacks it. Nothing happens if it is on already. */
export function addLabel(state: State, pull: PullRequest, name: string, by?: string): Label {
  const label = pull.repository.labels.get(name.trim().toLowerCase()) ?? newLabel(state, pull.repository, { name });
  if (pull.labels.includes(label)) return label;
  const sender = accountOf(state, by ?? 'octocat');
  const at = state.now();
  pull.labels.push(label);
  pull.updatedAt = at;
  pull.timeline.push({ what: 'labeled', id: state.nextId('event'), label, at, by: sender });
  announce(state, { name: 'pull_request', action: 'labeled', pull, label, sender });
  return label;
}

/** Takes a label off a pull request. Throws GitHub's 404 if it is not on. */
export function removeLabel(state: State, pull: PullRequest, name: string, by?: string): void {
  const label = pull.labels.find((one) => one.name.toLowerCase() === name.trim().toLowerCase());
  if (!label) throw new Refusal(404, 'Label does not exist');
  const sender = accountOf(state, by ?? 'octocat');
  const at = state.now();
  pull.labels = pull.labels.filter((one) => one !== label);
  pull.updatedAt = at;
  pull.timeline.push({ what: 'unlabeled', id: state.nextId('event'), label, at, by: sender });
  announce(state, { name: 'pull_request', action: 'unlabeled', pull, label, sender });
}
