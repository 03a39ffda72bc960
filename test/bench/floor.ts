import { Agent, request } from 'undici';
import type { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';

/** A minimal client: kept-alive connections and nothing else. What it takes is the least that anybody takes. */
export type Floor = {
  call(method: string, path: string, body?: object, contentType?: string): Promise<unknown>;
  /** Writes one preview as barely as can be: the namespace, then its objects in parallel. */
  preview(objects: { namespace: Named; objects: readonly Named[] }): Promise<void>;
  close(): Promise<void>;
};

export type Named = { readonly kind: string; readonly metadata: { readonly name: string } };

const paths: Readonly<Record<string, string>> = {
  Deployment: 'apis/apps/v1/namespaces/NS/deployments',
  Service: 'api/v1/namespaces/NS/services',
  ServiceAccount: 'api/v1/namespaces/NS/serviceaccounts',
  ResourceQuota: 'api/v1/namespaces/NS/resourcequotas',
  LimitRange: 'api/v1/namespaces/NS/limitranges',
  NetworkPolicy: 'apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  Ingress: 'apis/networking.k8s.io/v1/namespaces/NS/ingresses',
};

/** Connects as the kubeconfig says. */
export async function openFloor(config: KubeConfig): Promise<Floor> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const agent = new Agent({ connections: 32, allowH2: false, connect: { ca: options.ca as string, cert: options.cert as string, key: options.key as string } });
  const server = config.getCurrentCluster()?.server ?? '';
  const headers = { ...(options.headers as Record<string, string>), accept: 'application/json' };
  const call: Floor['call'] = async (method, path, body, contentType = 'application/json') => {
    const response = await request(`${server}/${path}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: { ...headers, 'content-type': contentType },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return JSON.parse(text) as unknown;
  };
  return {
    call,
    preview: async ({ namespace, objects }) => {
      await call('POST', 'api/v1/namespaces', namespace);
      await Promise.all(
        objects.map((object) => {
          const path = (paths[object.kind] ?? '').replace('NS', namespace.metadata.name);
          return call('PATCH', `${path}/${object.metadata.name}?fieldManager=floor&force=true`, object, 'application/apply-patch+yaml');
        }),
      );
    },
    close: () => agent.close(),
  };
}
