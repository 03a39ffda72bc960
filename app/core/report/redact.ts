const hidden = '[redacted]';

/** A name that says that its value is a secret, and a value, quoted or not. */
const named = String.raw`(?:passw(?:or)?d|passphrase|\bpwd|secret|token|(?:api|access|private)[_-]?key|credentials?)[\w-]{0,40}["']?`;
const value = String.raw`(?:"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|[^\s,;&"']+)`;

/**
 * In this order: whole keys first, so that no later rule shows the rest of one. Every open end is bounded or consumed, so that no line
 * takes more than linear time.
 */
const rules: readonly (readonly [RegExp, string])[] = [
  // A private key as printed, whole or cut off at the end.
  [/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, hidden],
  // The rest of one whose beginning was cut off: lines of base64 alone.
  [/^[ \t]*[A-Za-z0-9+/=]{60,}[ \t]*$/gm, hidden],
  // GitHub's tokens (https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/), GitLab's, npm's, Slack's.
  [
    /\b(?:gh[pousr]_[\w.-]{10,}|github_pat_\w{10,}|glpat-[\w-]{10,}|npm_[A-Za-z0-9]{36}|xox[abeoprs]-[\w-]{10,})/g,
    hidden,
  ],
  // AWS access key ids; JSON web tokens.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, hidden],
  [/\beyJ[\w-]{5,1000}\.[\w-]{5,}(?:\.[\w-]*)?/g, hidden],
  [/(\bauthorization["']?\s{0,4}[=:]\s{0,4}["']?)(?:\w{1,20} +)?[^\s,;"']+/gi, `$1${hidden}`],
  [/\b(Bearer|Basic)(\s+)(?:(?=\S{0,100}\d)[\w.~+/=:-]{6,}|[\w.~+/=-]{20,})/gi, `$1$2${hidden}`],
  // user:password@ in an address; a port followed by a path is no password.
  [/(:\/\/)[^\s/@:"'<>]{0,100}:(?!\d{1,5}\/)[^\s"'<>]{0,200}@/g, `$1${hidden}@`],
  [/(:\/\/)[^\s/@:"'<>]{1,200}@/g, `$1${hidden}@`],
  // --password x, password=x, "token": "x", X_SECRET_KEY: x; not the tag in host/secret-service:tag.
  [/(--[\w-]{0,40}?(?:passw(?:or)?d|passphrase|secret|token|api-?key)[\w-]{0,40} +)(?!-)[^\s]+/gi, `$1${hidden}`],
  [new RegExp(String.raw`(${named}\s{0,4}=\s{0,4})${value}`, 'gi'), `$1${hidden}`],
  [new RegExp(String.raw`(?<!\/[\w.-]{0,60})(${named}\s{0,4}:\s{0,4})${value}`, 'gi'), `$1${hidden}`],
];

/**
 * Returns a field's name and what stands between it and our own words about it: a colon, but for a name after which `redact` would take
 * them for a secret (`requestHeaders.Authorization:`).
 */
export function introduced(field: string): string {
  const line = `${field}: word`;
  return redact(line) === line ? `${field}: ` : `${field} — `;
}

/**
 * Returns the text without what looks like a secret: tokens of known forms, keys, passwords in addresses, and values whose name
 * says so. It cannot know every secret: what may be shown at all is decided elsewhere.
 */
export function redact(text: string): string {
  return rules.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}
