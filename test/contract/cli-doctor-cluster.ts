import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Answer = { readonly status: number; readonly body: object };

/** What the API says; a test changes it. */
export type Told = {
  version: string;
  user: string;
  /** What the account may do. */
  mayDo: (right: { verb: string; resource: string; group: string }) => boolean;
  /** Paths of objects that are there, and the objects. */
  there: Record<string, object>;
  /** Whether the policies of install/ bind the account. */
  policies: boolean;
  /** Whether labels of Pod Security are looked at. */
  podSecurity: boolean;
  /** A path's beginning, with its method before it, and what is answered there whatever else is said. */
  instead: Record<string, Answer>;
};

/**
 * A Kubernetes API that says what it is told, for what the sandbox's does not have: access reviews, dry runs, IngressClasses. What a
 * real one says is seen in cli-doctor-real.test.ts.
 */
export type ToldCluster = {
  readonly told: Told;
  /** What was created, without dry runs. */
  readonly created: { readonly path: string; readonly body: object }[];
  readonly kubeconfig: string;
  close(): Promise<void>;
};

export const wellTold = (): Told => ({
  version: 'v1.36.1',
  user: 'system:serviceaccount:avant:avant',
  mayDo: ({ verb, resource }) => verb !== '*' && resource !== '*',
  there: {
    '/api/v1/namespaces/avant': { kind: 'Namespace' },
    '/apis/networking.k8s.io/v1/ingressclasses/haproxy-v1': { spec: { controller: 'haproxy-ingress.github.io/controller' } },
  },
  policies: true,
  podSecurity: true,
  instead: {},
});

/** Starts it; it asks for the token of its kubeconfig, but for `/version`. */
export async function startToldCluster(): Promise<ToldCluster> {
  const told = wellTold();
  const created: ToldCluster['created'] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { status, body: answer } = answerTo(told, created, {
        call: `${request.method ?? ''} ${request.url ?? ''}`,
        known: request.headers.authorization === `Bearer ${token}`,
        body: body === '' ? {} : (JSON.parse(body) as object),
      });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: "http://127.0.0.1:${port}", insecure-skip-tls-verify: true } }]
users: [{ name: a, user: { token: ${token} } }]
contexts: [{ name: a, context: { cluster: a, user: a } }]
current-context: a
`;
  return {
    told,
    created,
    kubeconfig,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** In the kubeconfig; nothing may print it. */
export const token = 'token-of-the-cluster';

type Asked = { readonly call: string; readonly known: boolean; readonly body: object };

function answerTo(told: Told, created: ToldCluster['created'], { call, known, body }: Asked): Answer {
  const instead = Object.entries(told.instead).find(([start]) => call.startsWith(start));
  if (instead) return instead[1];
  if (call === 'GET /version') return { status: 200, body: { gitVersion: told.version } };
  if (!known) return refusal(401, 'Unauthorized', 'Unauthorized');
  if (call.startsWith('POST /apis/authentication.k8s.io/v1/selfsubjectreviews'))
    return { status: 201, body: { status: { userInfo: { username: told.user } } } };
  if (call.startsWith('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews')) {
    const { spec } = body as { spec: { resourceAttributes: { verb: string; resource: string; group: string } } };
    return { status: 201, body: { status: { allowed: told.mayDo(spec.resourceAttributes) } } };
  }
  const [path = '', query = ''] = (call.split(' ')[1] ?? '').split('?');
  if (call.startsWith('GET ')) {
    const found = told.there[path];
    return found ? { status: 200, body: found } : refusal(404, 'NotFound', `${path} not found`);
  }
  return query.includes('dryRun=All') ? dryRun(told, body) : create(told, created, path, body);
}

type Named = { kind: string; metadata: { name: string; labels?: Record<string, string> } };

function create(told: Told, created: ToldCluster['created'], path: string, body: object): Answer {
  created.push({ path, body });
  told.there[`${path}/${(body as Named).metadata.name}`] = body;
  return { status: 201, body };
}

/** In the words of a real one. */
function dryRun({ policies, podSecurity }: Told, body: object): Answer {
  const { kind, metadata } = body as Named;
  const levels = Object.entries(metadata.labels ?? {}).filter(([name]) => name.startsWith('pod-security.kubernetes.io/'));
  const wrong = levels.find(([, level]) => !['privileged', 'baseline', 'restricted'].includes(level));
  if (podSecurity && wrong) {
    const [name, level] = wrong;
    const message = `Namespace "${metadata.name}" is invalid: metadata.labels[${name}]: Invalid value: "${level}": must be one of privileged, baseline, restricted`;
    return refusal(422, 'Invalid', message);
  }
  const ours = metadata.labels?.['app.kubernetes.io/managed-by'] === 'avant';
  if (policies && !ours && ['ConfigMap', 'Namespace'].includes(kind)) {
    const message = `"${metadata.name}" is forbidden: ValidatingAdmissionPolicy 'avant-kinds' with binding 'avant-kinds' denied request: avant-kinds: Avant writes only into the namespaces of its previews`;
    return refusal(422, 'Invalid', message);
  }
  return { status: 201, body };
}

function refusal(code: number, reason: string, message: string): Answer {
  return { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message } };
}

/** What an API server says to who may not. */
export const forbidden: Answer = refusal(403, 'Forbidden', 'User "nobody" cannot do this');
