import { createHash } from 'node:crypto';

/**
 * What names a preview, or one further part of it. `part` is a further app of the project, `tenant` is absent where
 * there is none.
 */
export type PreviewParts = {
  /** An app name: `isAppName` holds. */
  readonly app: string;
  /** The pull request's number. */
  readonly pr: number;
  readonly part?: string | undefined;
  readonly tenant?: string | undefined;
};

/** DNS label, RFC 1035 and 1123; also the longest Kubernetes namespace and label value. */
const maxLabel = 63;
/** DNS name as text, RFC 1035 section 2.3.4. */
const maxHost = 253;
/** Leaves room in a DNS label for a number and a tenant, so that most names stay as they are. */
const maxApp = 40;
const maxToken = 20;
const maxBranch = 40;

/** Names that mean something of their own to browsers, mail clients, proxies, clusters or us. */
const reservedWords =
  'admin api autoconfig autodiscover avant con default dns ftp imap isatap localhost mail ns pop smtp wpad www';
const reservedApps: ReadonlySet<string> = new Set(reservedWords.split(' '));

/** The longest domain under which every preview has a host name. */
export const maxDomain = maxHost - maxLabel - 1;

/**
 * Says whether the text can be an app's name: a DNS label of 40 characters at most, first a letter, no `--` (that is
 * our own mark of a shortened name, and `xn--` is not a name), and not in `kube-*`, which Kubernetes keeps for itself.
 */
export function isAppName(text: string): boolean {
  return text.length <= maxApp && /^[a-z](-?[a-z0-9])*$/.test(text) && !/^kube(-|$)/.test(text);
}

/**
 * Says whether the text can name a tenant: a letter, then letters and digits, 20 at most. Such a name is never all
 * digits.
 */
export function isTenantName(text: string): boolean {
  return text.length <= maxToken && /^[a-z][a-z0-9]*$/.test(text);
}

/**
 * Says whether the text can name a further app of a project. The same words as tenants'; a platform keeps the two
 * apart.
 */
export function isPartName(text: string): boolean {
  return isTenantName(text);
}

/**
 * Returns the app name that a repository's name (without its owner) gives: itself where that is an app name and not a
 * reserved word, apart from case, which GitHub does not tell apart; otherwise made of its letters, with a hash of the
 * whole. Names that nothing was lost from stay what they are, so a repository may be called as another one's name with
 * a hash: who has the name is the claim's to say.
 */
export function appName(repositoryName: string): string {
  const lower = lowerCase(repositoryName);
  if (isAppName(lower) && !reservedApps.has(lower)) return lower;
  const letters = slug(lower);
  const named = /^[a-z]/.test(letters) && !/^kube(-|$)/.test(letters) ? letters : `app-${letters}`;
  return withHash(named, lower, maxApp);
}

/**
 * Returns the name of a preview (or of one part of it), `<app>-<pr>[-<part>][-<tenant>]`: a DNS label, the same for the
 * same parts, and, as long as parts and tenants are different words, another one for others. What is longer than 63
 * becomes `<app, cut>--<hash>-<pr>`, which nothing else is, since no app name has `--`. Throws on what is no name.
 */
export function previewName(parts: PreviewParts): string {
  const { app, pr, part, tenant } = parts;
  if (!isAppName(app)) throw new TypeError(`not an app name: ${JSON.stringify(app)}`);
  if (!Number.isSafeInteger(pr) || pr < 1) throw new TypeError(`not a pull request's number: ${pr}`);
  if (part !== undefined && !isPartName(part)) throw new TypeError(`not a part's name: ${JSON.stringify(part)}`);
  if (tenant !== undefined && !isTenantName(tenant))
    throw new TypeError(`not a tenant's name: ${JSON.stringify(tenant)}`);
  const name = [app, pr, part, tenant].filter((piece) => piece !== undefined).join('-');
  if (name.length <= maxLabel) return name;
  const tail = `--${hash(name, 12)}-${pr}`;
  return cut(app, maxLabel - tail.length) + tail;
}

/**
 * Returns the preview's host name under a domain; throws where that is longer than DNS has room for (see `maxDomain`).
 */
export function hostName(parts: PreviewParts, domain: string): string {
  const host = `${previewName(parts)}.${domain}`;
  if (host.length > maxHost) throw new RangeError(`host name longer than ${maxHost} characters: ${host}`);
  return host;
}

/**
 * Returns the preview's namespace, `<app>-<pr>[-<tenant>]`. It has the number, so it is never `default`, and an app
 * name is never `kube-*`; Avant's own namespace is held against `readsAsPreview` when the platform's configuration is
 * read.
 */
export function namespaceName(parts: {
  readonly app: string;
  readonly pr: number;
  readonly tenant?: string | undefined;
}): string {
  const { app, pr, tenant } = parts;
  return previewName({ app, pr, tenant });
}

/**
 * Says whether a name may be some preview's: an app, a token of digits only, and at most a part and a tenant after it.
 */
export function readsAsPreview(name: string): boolean {
  return /^[a-z][a-z0-9-]*-[1-9]\d*(-[a-z][a-z0-9]*){0,2}$/.test(name);
}

/**
 * Returns the branch's name as a piece of an image tag or a DNS label: `[a-z0-9-]`, 40 characters at most, itself where
 * nothing is lost, otherwise with a hash, so that `a/b`, `a-b`, `a_b` and `A-b` stay four.
 */
export function safeBranch(branch: string): string {
  const safe = branch.length <= maxBranch && /^[a-z0-9](-?[a-z0-9])*$/.test(branch);
  return safe ? branch : withHash(slug(branch) || 'branch', branch, maxBranch);
}

/**
 * Runs of anything but ASCII letters and digits become one hyphen: no Unicode folding, so no two alphabets meet unseen.
 */
function slug(text: string): string {
  return lowerCase(text)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** ASCII only: `toLowerCase` makes a plain k of the Kelvin sign. */
function lowerCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function withHash(readable: string, whole: string, max: number): string {
  const mark = hash(whole, 8);
  const kept = cut(readable, max - mark.length - 1);
  return kept === '' ? mark : `${kept}-${mark}`;
}

function cut(text: string, max: number): string {
  return text.slice(0, max).replace(/-+$/, '');
}

/**
 * The first characters of SHA-256 in base 32 (5 bits each), of the text's UTF-16 units: unpaired surrogates differ too.
 */
function hash(text: string, length: number): string {
  const digest = createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex');
  return BigInt(`0x1${digest}`)
    .toString(32)
    .slice(1, length + 1);
}
