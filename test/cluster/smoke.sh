#!/usr/bin/env bash
# smoke.sh : does the rig do on this machine what the README says? One preview by hand, as an ordinary client: image ->
# Ready -> its body through HAProxy -> a new commit -> a crash is seen -> Ingress gone -> namespace gone. Prints times.
set -euo pipefail; . "$(dirname "$0")/env.sh"; export KUBECONFIG=$ADMIN_KUBECONFIG
[ "$MODE" = real ] || { echo "smoke.sh is for the real mode" >&2; exit 2; }
host=smoke-1-fr.preview.bar.com ns=smoke-1-fr
body() { curl -s --noproxy '*' --max-time 2 --resolve "$host:80:$NODE_IP" "http://$host/"; }
says() { body | grep -q "$1"; }
code() { [ "$(status_of --resolve "$host:80:$NODE_IP" "http://$host/")" = "$1" ]; }
timed() { local t; t=$(now); until_ok 60 "${@:2}"; echo "$1: $(( $(now) - t )) ms"; }
deploy() { # deploy SHA
  kubectl apply -f - >/dev/null <<Y
apiVersion: v1
kind: Namespace
metadata: {name: $ns, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: foo, namespace: $ns}
spec:
  selector: {matchLabels: {app: foo}}
  template:
    metadata: {labels: {app: foo}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: web
        image: localhost/smoke:$1
        env: [{name: TENANT, value: fr}, {name: SHA, value: "$1"}]
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: foo-service, namespace: $ns}
spec: {selector: {app: foo}, ports: [{name: nginx, port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: foo, namespace: $ns, annotations: {kubernetes.io/ingress.class: haproxy-v1}}
spec: {rules: [{host: $host, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: foo-service, port: {name: nginx}}}}]}}]}
Y
}
crashed() { kubectl -n "$ns" get pods -o 'jsonpath={.items[*].status.containerStatuses[0].restartCount}' | grep -q '[1-9]'; }
logged() { kubectl -n "$ns" logs -l app=foo --prefix | grep -q 'cannot reach the database'; }

timed 'image tagged' "$HERE/tag-image.sh" localhost/smoke:aaaa; "$HERE/tag-image.sh" localhost/smoke:bbbb; "$HERE/tag-image.sh" localhost/smoke:cccc crash
deploy aaaa; timed 'applied -> body through HAProxy' says 'tenant=fr sha=aaaa image=localhost/smoke:aaaa'; body
deploy bbbb; timed 'pushed -> new body' says 'tenant=fr sha=bbbb image=localhost/smoke:bbbb'; body
deploy cccc; timed 'pushed a crash -> restarts counted' crashed; timed 'its log is readable' logged; timed 'the old one still answers' says sha=bbbb
kubectl -n "$ns" delete ingress foo >/dev/null; timed 'Ingress deleted -> 404' code 404
kubectl delete namespace "$ns" --wait=false >/dev/null; timed 'namespace deleted -> gone' sh -c "! kubectl get namespace $ns"
