/** A Kubernetes object of roles and bindings, as far as it is looked at; others are passed over. */
export type Manifest = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
};

type Rule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** A rule that somebody has, in one namespace or (undefined) everywhere. */
type Grant = Required<Omit<Rule, 'resourceNames'>> & { readonly names: readonly string[]; readonly namespace: string | undefined; readonly role: string };

/** What was asked of the API server; `name` and `namespace` are '' where there is none. */
type Call = { readonly verb: string; readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string; readonly status: number };

export type AuditOptions = {
  /** Whose calls are looked at, as the audit log names them. */
  readonly user?: string;
  /** Rights that need not have been used, `verb resource`, each with when it is. */
  readonly rare?: Readonly<Record<string, string>>;
};

/** Calls of Avant that a quiet run does without. */
export const rareCalls: Readonly<Record<string, string>> = {
  'update namespaces': 'a namespace of ours was robbed of its labels',
  'get deployments': 'an apply met a conflict, and is looked at past the cache',
  'get jobs': 'the same',
  'get ingresses': 'the same',
  'get pods': 'the same',
  'delete deployments': 'a commit no longer has it, or a field of it cannot be changed',
  'delete jobs': 'the same',
  'update jobs': 'a teardown Job is set going',
  'delete pods': 'a pod keeps a StatefulSet from its next version',
  'get pods/log': 'a container fails',
};

/**
 * Holds what a user asked of the API server against the roles that are bound to it. `manifests` are rendered objects, `auditLines` those
 * of a kube-apiserver's audit log (JSON). Returns a sentence for each kind of call that no rule covers, for each that was refused (403),
 * and for each word of a rule (verb or resource) that no call used; none where all is well.
 */
export function auditProblems(manifests: readonly Manifest[], auditLines: readonly string[], options: AuditOptions = {}): string[] {
  const { user = 'system:serviceaccount:avant:avant', rare = rareCalls } = options;
  const grants = grantsOf(manifests, user);
  if (grants.length === 0) return [`no role is bound to ${user}`];
  const calls = auditLines.flatMap((line) => callsOf(line, user));
  if (calls.length === 0) return [`${user} is not in the audit log`];
  const problems = calls.flatMap((call) => {
    if (call.status === 403 && !grants.some((grant) => covers(grant, call))) return [`${describe(call)} was refused: no rule covers it`];
    if (!grants.some((grant) => covers(grant, call))) return [`${describe(call)} is covered by no rule, and was answered with ${call.status}`];
    return [];
  });
  return [...new Set([...problems, ...grants.flatMap((grant) => unusedWords(grant, calls, rare))])];
}

function grantsOf(manifests: readonly Manifest[], user: string): Grant[] {
  const bindings = manifests.filter(({ kind, subjects = [] }) => /^(Cluster)?RoleBinding$/.test(kind) && subjects.some((subject) => nameOf(subject) === user));
  return bindings.flatMap((binding) => {
    const { kind, name } = binding.roleRef ?? { kind: '', name: '' };
    const role = manifests.find((one) => one.kind === kind && one.metadata.name === name && (kind === 'ClusterRole' || one.metadata.namespace === binding.metadata.namespace));
    const namespace = binding.kind === 'RoleBinding' ? (binding.metadata.namespace ?? 'default') : undefined;
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    return (role?.rules ?? []).map(({ apiGroups = [], resources = [], resourceNames = [], verbs }) => ({ apiGroups, resources, names: resourceNames, verbs, namespace, role: `${kind} ${name}${where}` }));
  });
}

function nameOf(subject: { readonly kind: string; readonly name: string; readonly namespace?: string }): string {
  return subject.kind === 'ServiceAccount' ? `system:serviceaccount:${subject.namespace ?? 'default'}:${subject.name}` : subject.name;
}

type AuditLine = {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly apiGroup?: string; readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
};

/** What every account may do: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles and `system:basic-user`. */
const everybodys = /^selfsubject/;

function callsOf(line: string, user: string): Call[] {
  if (line.trim() === '') return [];
  const { verb, user: by, objectRef, responseStatus } = JSON.parse(line) as AuditLine;
  if (by.username !== user || objectRef?.resource === undefined || everybodys.test(objectRef.resource)) return [];
  const { apiGroup: group = '', resource, subresource, namespace = '', name = '' } = objectRef;
  const call = { verb, group, resource: subresource === undefined ? resource : `${resource}/${subresource}`, namespace: resource === 'namespaces' ? '' : namespace, name, status: responseStatus?.code ?? 0 };
  // An apply of what was not there is authorized as a create too: kubernetes/kubernetes staging/src/k8s.io/apiserver, endpoints/handlers/patch.go.
  return verb === 'patch' && call.status === 201 ? [call, { ...call, verb: 'create' }] : [call];
}

function covers(grant: Grant, call: Call): boolean {
  const within = grant.namespace === undefined || grant.namespace === call.namespace;
  const named = grant.names.length === 0 || grant.names.includes(call.name);
  return within && named && has(grant.apiGroups, call.group) && has(grant.resources, call.resource) && has(grant.verbs, call.verb);
}

function has(words: readonly string[], word: string): boolean {
  return words.includes('*') || words.includes(word);
}

function unusedWords(grant: Grant, calls: readonly Call[], rare: Readonly<Record<string, string>>): string[] {
  const used = calls.filter((call) => covers(grant, call));
  const isRare = (verb: string, resource: string): boolean => rare[`${verb} ${resource}`] !== undefined;
  const verbs = grant.verbs.filter((verb) => !used.some((call) => call.verb === verb) && !grant.resources.some((resource) => isRare(verb, resource)));
  const resources = grant.resources.filter((resource) => !used.some((call) => call.resource === resource) && !grant.verbs.some((verb) => isRare(verb, resource)));
  return [
    ...verbs.map((verb) => `${grant.role} allows ${verb} of ${grant.resources.join(', ')}, which no call used`),
    ...resources.map((resource) => `${grant.role} allows ${grant.verbs.join(', ')} of ${resource}, which no call used`),
  ];
}

function describe({ verb, group, resource, namespace }: Call): string {
  return `${verb} of ${resource}${group === '' ? '' : `.${group}`}${namespace === '' ? '' : ` in ${namespace}`}`;
}
