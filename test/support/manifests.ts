/** Manifests as a project writes them in `.cloud/manifests/`: the pods of one name, the Service before them, and the way in. */

/** A Deployment; `${sha}` in the image is the commit's. */
export function deployment(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      enableServiceLinks: false
      containers:
        - name: app
          image: "${image}"
          ports: [{ name: http, containerPort: 8080 }]
`;
}

/** The Service of the Deployment of this name: its port is called http. */
export function service(name: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: http }] }
`;
}

/** An Ingress that leads paths of the preview's host to Services. */
export function ingress(name: string, ...paths: readonly (readonly [path: string, service: string])[]): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec:
  rules:
    - host: \${host}
      http:
        paths:
${paths.map(([path, to]) => `          - { path: ${path}, pathType: Prefix, backend: { service: { name: ${to}, port: { name: http } } } }\n`).join('')}`;
}
