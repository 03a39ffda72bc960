# shellcheck shell=bash
# Sourced by every script here: where things are, and how to run something inside the cluster's namespaces.
# All state is under $W; elsewhere only one veth end, one cgroup per controller (both removed by down.sh) and three
# empty directories that kubelet wants as mount points are made.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MODE=${AVANT_CLUSTER_MODE:-real}                  # real: kubelet and containers; kwok: a pretended node
case $MODE in real) slot=0 ;; kwok) slot=1 ;; *) echo "mode must be real or kwok, not $MODE" >&2; exit 2 ;; esac
INGRESS=${AVANT_CLUSTER_INGRESS:-haproxy}         # none: port 80 is free, for a test that installs an ingress controller itself
case $INGRESS in haproxy | none) ;; *) echo "AVANT_CLUSTER_INGRESS is haproxy or none, not $INGRESS" >&2; exit 2 ;; esac
SERVICES=${AVANT_CLUSTER_SERVICES:-1}             # 0: no kube-proxy and no DNS; a pretended node never has them
[ "$MODE" = real ] || SERVICES=0
SLOT=${AVANT_CLUSTER_SLOT:-$slot}                 # one cluster per slot; 0 to 255
[ "$INGRESS" = haproxy ] || SLOT=$((SLOT + 100))   # another cluster, so that tests with and without it run side by side
CACHE=${XDG_CACHE_HOME:-${HOME:?}/.cache}/avant/cluster
W=${AVANT_CLUSTER_WORK:-$CACHE/run$( [ "$SLOT" = 0 ] || echo "-$SLOT" )}
[ "$INGRESS" = haproxy ] || [ -z "${AVANT_CLUSTER_WORK:-}" ] || W=$W-no-ingress
BIN=${AVANT_CLUSTER_BIN:-$CACHE/bin-$(cat "$HERE/build/go.mod" "$HERE/build/build.sh" | sha256sum | cut -c1-12)}
SERVICES_BIN=${AVANT_CLUSTER_SERVICES_BIN:-$CACHE/services-$(cat "$HERE"/services/* "$HERE/build/go.mod" | sha256sum | cut -c1-12)}
BINARIES=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kubelet kwok haproxy-ingress)
HOST_IP=10.231.$SLOT.1 NODE_IP=10.231.$SLOT.2     # the two ends of the veth pair; API, kubelet and HAProxy are on NODE_IP
VETH=avant$SLOT CGROUP=avant$SLOT
POD_CIDR=10.244.0.0/24; [ "$MODE" = real ] || POD_CIDR=10.244.0.0/16
SNAPSHOTTER=$(cat "$W/snapshotter" 2>/dev/null || echo native)   # node.sh finds out which one works here
ADMIN_KUBECONFIG=$W/kubeconfig                    # user admin, for those who use the cluster
export KUBECONFIG=$W/rig.kubeconfig               # user rig, for the cluster's own parts and these scripts: not audited
export PATH=$BIN:$SERVICES_BIN:$PATH:/usr/local/go/bin:/usr/local/sbin:/usr/sbin:/sbin

now() { date +%s%3N; }
until_ok() { # until_ok SECONDS CMD... : polls every 50 ms
  local end=$(( $(now) + $1 * 1000 )); shift
  until "$@" >/dev/null 2>&1; do [ "$(now)" -lt "$end" ] || { echo "timed out: $*" >&2; return 1; }; sleep 0.05; done
}
holder() { # pid of the namespaces' init as seen from outside; fails when it is gone (its number may be another's by now)
  local pid; pid=$(cat "$W/pid/init" 2>/dev/null) || return 1
  grep -qs avant-cluster-init "/proc/${pid:-none}/cmdline" && echo "$pid"
}
in_ns() { nsenter --target "$(holder)" --net --mount --pid -- "$@"; }
start() { # start NAME CMD... : a background process in the namespaces, in a session of its own (Ctrl-C in a test stays there)
  local name=$1; shift
  setsid nsenter --target "$(holder)" --net --mount --pid -- "$@" >"$W/log/$name.log" 2>&1 </dev/null &
}
images() { in_ns ctr --address /run/containerd/containerd.sock --namespace k8s.io images "$@"; }
status_of() { curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 2 "$@"; }
api_ok() { [ "$(status_of --cacert "$W/pki/ca.crt" "https://$NODE_IP:6443/readyz")" = 200 ]; }
node_ready() { [ "$(kubectl get node node1 -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]; }
ingress_ok() { [ "$INGRESS" = none ] || [ "$(status_of "http://$NODE_IP/")" = 404 ]; }
services_ok() { # a ClusterIP leads to the API, and its name is found
  [ "$SERVICES" = 0 ] || {
    [ "$(in_ns curl -s --noproxy '*' --max-time 2 --cacert "$W/pki/ca.crt" https://10.96.0.1/readyz)" = ok ] &&
      in_ns busybox nslookup -type=a kubernetes.default.svc.cluster.local "$NODE_IP"
  }
}
lock() { # one up or down at a time per cluster; -o, or the processes started under the lock would hold it for ever
  [ -n "${AVANT_CLUSTER_LOCKED:-}" ] || { mkdir -p "$(dirname "$W")"; AVANT_CLUSTER_LOCKED=1 exec flock -o "$W.lock" "$0" "$@"; }
  unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY   # everything from here on is on this machine
}
