#!/usr/bin/env bash
# etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with an audit log of the clients' calls.
set -euo pipefail; . "$(dirname "$0")/env.sh"
P=$W/pki; mkdir -p "$P"
# Our own CA, so that clients verify TLS instead of skipping it.
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }   # not genpkey: PKCS #8 is refused for service accounts
key "$P/ca.key"; key "$P/api.key"; key "$P/sa.key"
openssl req -x509 -new -key "$P/ca.key" -days 30 -subj /CN=avant-cluster-ca -out "$P/ca.crt"
openssl req -new -key "$P/api.key" -subj /CN=kube-apiserver -out "$P/api.csr"
openssl x509 -req -in "$P/api.csr" -CA "$P/ca.crt" -CAkey "$P/ca.key" -CAcreateserial -days 30 -out "$P/api.crt" \
  -extfile <(echo "subjectAltName=IP:$NODE_IP,IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local") 2>/dev/null
user() { # user NAME KUBECONFIG
  local token; token=$(openssl rand -hex 18)
  echo "$token,$1,$1,\"system:masters\"" >>"$P/tokens.csv"
  cat >"$2" <<Y
apiVersion: v1
kind: Config
clusters: [{name: avant, cluster: {server: "https://$NODE_IP:6443", certificate-authority-data: $(base64 -w0 "$P/ca.crt")}}]
users: [{name: $1, user: {token: $token}}]
contexts: [{name: avant, context: {cluster: avant, user: $1}}]
current-context: avant
Y
}
user admin "$ADMIN_KUBECONFIG"; user rig "$KUBECONFIG"
# One line per call of a client, written when the call ends (a watch also when it starts). Calls of the cluster's own
# parts are left out: at 1,000 previews they would be most of the file.
cat >"$W/audit-policy.yaml" <<Y
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, users: [rig, "system:apiserver"]}
- {level: None, nonResourceURLs: ["*"]}
- {level: Metadata, verbs: [get, list, watch, create, update, patch, delete, deletecollection]}
Y
# --advertise-address: there is no default route here to guess it from. Pod Security and ValidatingAdmissionPolicy are on
# by default. Log size in MB: never rotate, a bench counts lines.
start etcd etcd --data-dir "$W/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --log-level error
start kube-apiserver kube-apiserver --allow-privileged=true --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --bind-address=0.0.0.0 \
  --advertise-address="$NODE_IP" --tls-cert-file="$P/api.crt" --tls-private-key-file="$P/api.key" \
  --service-cluster-ip-range=10.96.0.0/16 --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file="$P/sa.key" --service-account-signing-key-file="$P/sa.key" \
  --authorization-mode=Node,RBAC --token-auth-file="$P/tokens.csv" --kubelet-preferred-address-types=InternalIP \
  --audit-policy-file="$W/audit-policy.yaml" --audit-log-path="$W/audit.log" --audit-log-maxsize=100000
until_ok 120 api_ok
# 20 calls a second is Kubernetes' own default: a preview costs the controllers about 4.
qps=${AVANT_CLUSTER_CONTROLLER_QPS:-20}
start kube-controller-manager kube-controller-manager --kubeconfig="$KUBECONFIG" --leader-elect=false \
  --kube-api-qps="$qps" --kube-api-burst=$((qps + 10)) \
  --service-account-private-key-file="$P/sa.key" --root-ca-file="$P/ca.crt" \
  --controllers='*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller'
start kube-scheduler kube-scheduler --kubeconfig="$KUBECONFIG" --leader-elect=false
until_ok 60 kubectl get serviceaccount default -n default
