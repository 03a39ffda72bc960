import type { Label, PullRequest } from '../world/model.ts';
import { changedFiles } from '../world/pulls.ts';
import { html, type Html } from './html.ts';
import { accountTag, act, labelTag, repositoryPath, type PageCall } from './layout.ts';
import { actingAs, may } from './people.ts';

/** Labels, and who and what is concerned. */
export function sidebar(call: PageCall, pull: PullRequest): Html {
  const mayLabel = may(call, pull.repository, 'triage');
  const worn = pull.labels.map((label) => (mayLabel ? removable(label) : labelTag(label)));
  return html`<aside>
<section aria-label="Acting as"><h2>Acting as</h2>${actingAs(call, pull.repository)}</section>
<section aria-label="Labels"><h2>Labels</h2>
<div class="labels" id="labels" data-live>${pull.labels.length === 0 ? html`<span class="soft small">None yet</span>` : worn}</div>
${mayLabel ? labelForms(call, pull) : html`<p class="soft small">${call.by} may not label here: that needs the role triage.</p>`}</section>
<section aria-label="People"><h2>Author</h2><div id="people" data-live>${accountTag(call.world.state, pull.author)}</div></section>
<section aria-label="Files changed"><h2>Files changed</h2><div class="small" id="changes" data-live>${changes(call, pull)}</div></section></aside>`;
}

function labelForms(call: PageCall, pull: PullRequest): Html {
  return html`<details class="menu"><summary>Add a label</summary><div class="labels" id="label-choices" data-live>${choices(call, pull)}</div></details>
<form method="post" data-clear>${act('label')}<div class="actions">
<input type="text" name="name" aria-label="Name of the label" placeholder="any label" list="label-names" maxlength="50" required autocomplete="off">
<button>Add label</button></div><datalist id="label-names" data-live>${names(call, pull)}</datalist></form>`;
}

function removable(label: Label): Html {
  const remove = html`<button class="plain" aria-label="Remove ${label.name}" title="Remove">×</button>`;
  return html`<form method="post">${act('unlabel')}<input type="hidden" name="name" value="${label.name}">${labelTag(label, remove)}</form>`;
}

type Offer = Pick<Label, 'name' | 'color' | 'description'>;

/** The repository's labels that are not on, those first that the sandbox suggests, be they there or not. */
function offered(call: PageCall, pull: PullRequest): Offer[] {
  const suggested = call.suggestedLabels.map(
    (name): Offer => pull.repository.labels.get(name.toLowerCase()) ?? { name, color: 'ededed', description: null },
  );
  const all = [...suggested, ...pull.repository.labels.values()];
  const unique = new Map(all.map((label) => [label.name.toLowerCase(), label]));
  return [...unique.values()].filter(
    (label) => !pull.labels.some((one) => one.name.toLowerCase() === label.name.toLowerCase()),
  );
}

function choices(call: PageCall, pull: PullRequest): Html[] {
  return offered(call, pull).map(
    (label) => html`<form method="post">${act('label')}<input type="hidden" name="name" value="${label.name}">
<button class="plain" aria-label="Add ${label.name}">${labelTag(label)}</button></form>`,
  );
}

function names(call: PageCall, pull: PullRequest): Html[] {
  return offered(call, pull).map((label) => html`<option value="${label.name}"></option>`);
}

function changes(call: PageCall, pull: PullRequest): Html {
  const files = changedFiles(call.world.state, pull);
  const shown = files
    .slice(0, 20)
    .map(
      (file) =>
        html`<div><span class="code">${file.path}</span> <span class="soft">+${file.additions} −${file.deletions}</span></div>`,
    );
  const more = files.length > shown.length && html`<div class="soft">and ${files.length - shown.length} more</div>`;
  return html`${shown}${more}<p><a href="${repositoryPath(pull.repository)}/pull/${pull.number}/files">See the changes</a></p>`;
}
