import { hasRole, mayPushTo, roleOf } from '../world/people.ts';
import { roles, type Account, type PullRequest, type Repository, type Role } from '../world/model.ts';
import { fullName } from '../world/repositories.ts';
import { accountOf } from '../world/state.ts';
import { Refusal } from '../refusal.ts';
import { html, type Html } from './html.ts';
import type { PageCall } from './layout.ts';

/** The account of who reads the page and acts on it. */
export function viewerOf(call: PageCall): Account {
  return accountOf(call.world.state, call.by);
}

/** Whether the reader's role allows what needs this one. */
export function may(call: PageCall, repository: Repository, least: Role): boolean {
  return hasRole(repository, viewerOf(call), least);
}

/** Throws a 403 in words unless the reader has the role, or the thing is their own. */
export function requireRole(
  call: PageCall,
  repository: Repository,
  least: Role,
  to: { do: string; own?: Account },
): void {
  if (may(call, repository, least) || to.own === viewerOf(call)) return;
  throw new Refusal(403, `${standing(call, repository)} To ${to.do} one needs the role ${least} or a higher one.`);
}

/** Throws a 403 unless the reader may push to the pull request's branch. */
export function requirePush(call: PageCall, pull: PullRequest): void {
  if (mayPushTo(pull.repository, pull.headRepository, viewerOf(call))) return;
  throw new Refusal(403, `${standing(call, pull.headRepository)} To push to ${pull.headRef} one needs the role write.`);
}

function standing(call: PageCall, repository: Repository): string {
  const role = roleOf(repository, viewerOf(call));
  return `${call.by} has ${role === undefined ? 'no role' : `the role ${role}`} in ${fullName(repository)}.`;
}

/** People offered at once; any other login can be typed at the top of the page. */
const mostOffered = 50;

/** A choice of whom to act as: everybody known here, each with their role in the repository, the highest first. */
export function actingAs(call: PageCall, repository: Repository): Html {
  const viewer = viewerOf(call);
  const rank = (role: Role | undefined): number => (role === undefined ? roles.length : roles.indexOf(role));
  const known = [...call.world.state.accounts.values()]
    .filter((one) => one.kind === 'User')
    .map((account) => ({ account, role: roleOf(repository, account) }))
    .sort((a, b) => rank(a.role) - rank(b.role) || a.account.login.localeCompare(b.account.login));
  const options = known
    .slice(0, mostOffered)
    .map(
      ({ account, role }) =>
        html`<option value="${account.login}" ${account === viewer && html`selected`}>${account.login} (${role ?? 'outsider'})</option>`,
    );
  return html`<form method="post" action="/session" data-leave><input type="hidden" name="to" value="${call.url.pathname}">
<select name="login" id="acting-as" aria-label="Act as" data-live>${options}</select>
<div class="actions"><button>Act as this person</button></div></form>`;
}
