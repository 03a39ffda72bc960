import { hostOf, ingressesAt } from './answering.ts';
import type { Cause } from './cause.ts';
import type { DoorAnswer } from './door.ts';
import type { KubernetesObject } from './object.ts';
import { quote } from './outside-text.ts';
import type { DoorQuestion } from './ports.ts';
import type { DoorRecord, PullRequestRecord, TenantRecord } from './record.ts';
import { fields } from './traffic/fields.ts';
import type { Access } from './traffic/policy.ts';
import { typedFieldOf } from './traffic/typed-annotations.ts';

/**
 * Returns what a link's answer stands for: the commit, the restart, and the Ingresses that lead there by their uids, so that a preview
 * that was taken away and made anew is asked anew. Undefined where no Ingress has the link's host.
 */
export function doorVersion(tenantRecord: Pick<TenantRecord, 'sha' | 'restart'>, url: string, objects: readonly KubernetesObject[]): string | undefined {
  const leading = ingressesAt(url, objects);
  if (leading.length === 0) return undefined;
  return `${versionStart(tenantRecord)}${leading.map(({ metadata }) => metadata.uid ?? '').toSorted().join(' ')}`;
}

function versionStart({ sha, restart = '' }: Pick<TenantRecord, 'sha' | 'restart'>): string {
  return `${sha} ${restart} `;
}

/**
 * Says whether an answer shows that visitors get to the preview. Where rules keep people out and the door turns the question away by
 * them, it has the route, and nobody without a key can know more: that the containers are ready has to do.
 */
export function letsIn(answer: DoorAnswer, access: Access['kind']): boolean {
  if (answer.kind === 'app') return true;
  return answer.kind === 'door' && turnedAway[access].includes(answer.status);
}

/** What a door answers by such rules to those whom it keeps out. A sign-in page's redirect is no answer of the door's alone: see the classification. */
const turnedAway: Readonly<Record<Access['kind'], readonly number[]>> = { open: [], addresses: [403], password: [401], request: [401, 403] };

/** Returns a link's entry in the record after what is known now; `answer` undefined: nothing yet. `now`: ISO 8601. */
export function doorAfter(
  before: DoorRecord | undefined,
  asked: Pick<DoorRecord, 'url' | 'version'> & { readonly answer: DoorAnswer | undefined; readonly access: Access['kind'] },
  now: string,
): DoorRecord | undefined {
  const { url, version, answer, access } = asked;
  if (answer === undefined) return before;
  if (before?.version === version && before.at !== undefined) return answer.kind === 'app' ? { ...before, answer } : before;
  return { url, version, at: letsIn(answer, access) ? now : undefined, answer };
}

/** Says whether there is nothing more to ask about a version: it answered, and with no error of a server. */
export function isSettled(entry: DoorRecord | undefined, version: string): boolean {
  return entry?.version === version && entry.at !== undefined && !isError(entry.answer);
}

function isError(answer: DoorAnswer | undefined): answer is Extract<DoorAnswer, { kind: 'app' }> {
  return answer?.kind === 'app' && answer.status >= 500;
}

/** Says whether a record still wants a question answered; another worker may have had the answer, or the preview may be gone. */
export function isOpen({ tenants }: Pick<PullRequestRecord, 'tenants'>, { cluster, host, version }: DoorQuestion): boolean {
  return Object.values(tenants).some((tenant) => {
    const { wanted, links, door } = tenant;
    if (!wanted || tenant.cluster !== cluster || !version.startsWith(versionStart(tenant))) return false;
    const link = links.find(({ url }) => hostOf(url) === host);
    return door !== undefined && link !== undefined && !isSettled(door.find(({ url }) => url === link.url), version);
  });
}

/** How the links of a preview whose containers are ready do at the door. */
export type AtTheDoor = {
  /** By link, in order: `before`, only an earlier version has answered, and nothing is known of this one. */
  readonly links: readonly ('answered' | 'before' | 'silent')[];
  /** When the last of them answered (ISO 8601, empty where there are none). */
  readonly since: string;
  /** Why it is not live, or what it answers with. */
  readonly cause: Cause | undefined;
};

/** Returns how the links do at the door; `objects` are those of the preview's namespace. */
export function atTheDoor(tenantRecord: TenantRecord & { readonly door: readonly DoorRecord[] }, objects: readonly KubernetesObject[]): AtTheDoor {
  const asked = tenantRecord.links.map(({ url }) => {
    const entry = tenantRecord.door.find((one) => one.url === url);
    const current = entry?.version === doorVersion(tenantRecord, url, objects) ? entry : undefined;
    const link = current ? (current.at === undefined ? 'silent' : 'answered') : entry?.at === undefined ? 'silent' : 'before';
    return { url, link, answer: current?.answer, at: current?.at ?? '' } as const;
  });
  const waiting = asked.filter(({ link }) => link !== 'answered');
  const links = asked.map(({ link }) => link);
  if (waiting.length > 0) return { links, since: '', cause: notAnswering(waiting, objects) };
  const since = asked.reduce((latest, { at }) => (at > latest ? at : latest), '');
  const failing = asked.filter(({ answer }) => isError(answer));
  return { links, since, cause: failing.length === 0 ? undefined : answersError(failing) };
}

type Told = { readonly url: string; readonly answer: DoorAnswer | undefined };

/** True where the policy says what the program speaks, which may not be so. */
function saysProtocol(url: string, objects: readonly KubernetesObject[]): boolean {
  const keys = ingressesAt(url, objects).flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}));
  return keys.some((key) => typedFieldOf(key) === fields.protocol.name);
}

function notAnswering(waiting: readonly Told[], objects: readonly KubernetesObject[]): Cause | undefined {
  const told = waiting.flatMap(({ url, answer }) => (answer ? [{ url, words: wordsOf(answer), advice: adviceOf(answer, saysProtocol(url, objects)) }] : []));
  const [first, second] = told;
  if (!first) return undefined;
  const message = second ? 'The containers are ready, but these links do not answer yet.' : `The containers are ready, but ${quote(first.url)} does not answer yet: ${first.words}.`;
  return { reason: 'NotAnswering', message, problems: second ? told.map(({ url, words }) => `${quote(url)}: ${words}`) : [], advice: first.advice, logsOf: undefined };
}

function wordsOf(answer: DoorAnswer): string {
  switch (answer.kind) {
    case 'none':
      return `the front door gives no answer (${answer.why})`;
    case 'other':
      return answer.marker === '' ? 'something else answers there' : `another preview answers there, ${quote(answer.marker)}`;
    case 'app':
      return `it answers ${answer.status}`;
    case 'door':
      return wordsOfDoor(answer.status);
  }
}

function wordsOfDoor(status: number): string {
  if (status === 404) return 'the front door does not have its host yet (404)';
  if (status === 503) return 'the front door has no server for it (503)';
  if (status === 502) return 'the front door gets no proper answer from it (502)';
  if (status === 504) return 'it takes the front door’s request and does not answer in time (504)';
  if (status === 401 || status === 403) return `the front door keeps Avant out (${status})`;
  return status >= 300 && status < 400 ? `the front door only sends on to https (${status})` : `the front door answers ${status}`;
}

function adviceOf(answer: DoorAnswer, speaks: boolean): string {
  const administrators = 'If it stays so for more than a minute, ask the administrators of the platform to look at the ingress controller.';
  if (answer.kind === 'none')
    return 'Avant goes on asking. Where the program is just slow, `readiness.path` can name a page that is quicker; otherwise the administrators of the platform know what `door` in their configuration leads to.';
  if (answer.kind === 'other') return 'Ask the administrators of the platform which Ingress has this host; of several the oldest wins.';
  if (answer.kind === 'door' && speaks && (answer.status === 502 || answer.status === 503))
    return `See that the program speaks what \`${fields.protocol.name}\` says, and on the port of its Service: without that line the front door speaks HTTP/1.1 to it. ${administrators}`;
  if (answer.kind === 'door' && (answer.status === 502 || answer.status === 504)) {
    const otherwise = answer.status === 502 ? ` One that speaks h2 without TLS, or gRPC, needs \`${fields.protocol.name}\` (\`h2\` or \`grpc\`).` : '';
    return `See that the program answers HTTP on the port of its Service, and what its log says of the request.${otherwise}`;
  }
  if (answer.kind === 'door' && answer.status === 503) return `It goes live by itself as soon as it answers. ${administrators}`;
  if (answer.kind === 'door' && answer.status !== 404)
    return 'The administrators of the platform can have Avant ask as visitors do, with `door.address` and `door.headers` in the configuration.';
  return `It goes live by itself as soon as it answers. ${administrators}`;
}

function answersError(failing: readonly Told[]): Cause {
  const [first, second] = failing.map(({ url, answer }) => ({ url, status: answer?.kind === 'app' ? answer.status : 0 }));
  const message = second ? 'It runs, but these links answer with an error.' : `It runs, but ${quote(first?.url ?? '')} answers ${first?.status ?? 0}.`;
  const problems = second ? failing.map(({ url, answer }) => `${quote(url)}: ${answer ? wordsOf(answer) : ''}`) : [];
  return { reason: 'AnswersError', message, problems, advice: 'The log of the program says more of it.', logsOf: undefined };
}
