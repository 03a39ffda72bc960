import { registry, type Files } from './e2e-cluster.ts';

/** An image that is there from the start, with a shell. */
export const tool = `${registry}/tool:1`;

/** What our charts of one web server take, each a value of the chart. */
const values = `replicas: 1
word: plain
memory: 64Mi
`;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ .Release.Name }}" }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: "{{ .Release.Name }}" } }
  template:
    metadata: { labels: { app: "{{ .Release.Name }}" } }
    spec:
      terminationGracePeriodSeconds: 2
      containers:
        - name: web
          image: "${registry}/web:{{ .Values.image.tag }}"
          env:
            - { name: TENANT, {{ if .Values.secret }}valueFrom: { secretKeyRef: { name: "{{ .Values.secret }}", key: word, optional: true } }{{ else }}value: "{{ .Values.word }}"{{ end }} }
            - { name: SHA, value: "{{ .Values.avant.sha }}" }
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
          {{- if .Values.memory }}
          resources: { requests: { cpu: 10m, memory: 32Mi }, limits: { memory: "{{ .Values.memory }}" } }
          {{- end }}
`;

const service = `apiVersion: v1
kind: Service
metadata: { name: "{{ .Release.Name }}" }
spec: { selector: { app: "{{ .Release.Name }}" }, ports: [{ name: http, port: 80, targetPort: http }] }
`;

/** An Ingress of the chart's own, as most charts have one. Without it Avant writes it. */
const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: "{{ .Release.Name }}" }
spec:
  ingressClassName: "{{ .Values.avant.ingressClass }}"
  rules: [{ host: "{{ .Values.avant.host }}", http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: "{{ .Release.Name }}", port: { name: http } } } }] } }]
`;

/** Returns a chart of a Deployment and a Service; `more`: further files, or others, by their paths in the chart's folder. */
export function webChart(name: string, more: Files = {}): Files {
  const files: Files = {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`,
    'values.yaml': values,
    'templates/deployment.yaml': deployment,
    'templates/service.yaml': service,
    ...more,
  };
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`.cloud/charts/${name}/${path}`, content]));
}

export const withIngress: Files = { 'templates/ingress.yaml': ingress };

/** A database beside the web server: one pod, its volume of 1 MiB, and a line in it for each start. */
export const withDatabase: Files = {
  'templates/database.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: database }
spec:
  serviceName: database
  selector: { matchLabels: { app: database } }
  template:
    metadata: { labels: { app: database } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: database
          image: "${tool}"
          command: [sh, -c, "echo started >> /data/starts; while :; do sleep 1; done"]
          volumeMounts: [{ name: data, mountPath: /data }]
          resources: { requests: { cpu: 10m, memory: 16Mi }, limits: { memory: 32Mi } }
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } } }]
---
apiVersion: v1
kind: Service
metadata: { name: database }
spec: { clusterIP: None, selector: { app: database }, ports: [{ name: sql, port: 5432 }] }
`,
};

/** A hook of helm's that fails, at once. */
export const withFailingHook: Files = {
  'templates/migrate.yaml': `apiVersion: batch/v1
kind: Job
metadata: { name: upgrade, annotations: { helm.sh/hook: "pre-install,pre-upgrade" } }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - { name: upgrade, image: "${tool}", command: [sh, -c, "echo 0002_basket.sql; echo 'relation basket exists already'; exit 3"] }
`,
};

/** What a branch does that wants more than its preview, and the rule that refuses each. */
export const hostile: { readonly files: Files; readonly rules: readonly string[] } = {
  files: {
    'templates/deployment.yaml': deployment
      .replace(`${registry}/web`, 'docker.io/evil/web')
      .replace('- name: web\n', '- name: web\n          securityContext: { privileged: true }\n          volumeMounts: [{ name: node, mountPath: /node }]\n')
      .replace('containers:', 'hostNetwork: true\n      volumes: [{ name: node, hostPath: { path: / } }]\n      containers:'),
    'templates/ingress.yaml': ingress
      .replace('{ name: "{{ .Release.Name }}" }', '{ name: "{{ .Release.Name }}", annotations: { haproxy-ingress.github.io/config-backend: "http-request set-path /admin" } }')
      .replace('"{{ .Values.avant.host }}"', 'canary-1-fr.preview.bar.com'),
    'templates/other.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: extra, namespace: kube-system }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: evil }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: default, namespace: default }]
---
apiVersion: v1
kind: Service
metadata: { name: away }
spec: { type: ExternalName, externalName: kubernetes.default.svc }
`,
  },
  rules: ['image-registry', 'pod-security-privileged', 'pod-security-host-path', 'pod-security-host-namespaces', 'ingress-annotation', 'ingress-host', 'namespace', 'kind-cluster-scoped', 'service-external-name'],
};
