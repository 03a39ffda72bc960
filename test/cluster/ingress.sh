#!/usr/bin/env bash
# jcmoraisjr/haproxy-ingress as a plain process with the machine's HAProxy, on $NODE_IP:80, for the class haproxy-v1.
set -euo pipefail; . "$(dirname "$0")/env.sh"
P=$W/ingress; mkdir -p "$P"/etc/haproxy/{certs,lua,maps,errorfiles} "$P"/var/lib/haproxy "$P"/var/run/haproxy
cp -r "$BIN/haproxy-rootfs" "$P/rootfs"
cp "$P"/rootfs/etc/lua/*.lua "$P/etc/haproxy/lua/"   # the controller does not do it, and HAProxy refuses the config without
# The controller makes the names of its map files by changing the path at its first dot: the path must have none.
in_ns sh -euc 'mkdir /run/ingress; mount --bind "$1" /run/ingress' sh "$P"
kubectl apply -f - >/dev/null <<Y
apiVersion: v1
kind: Namespace
metadata: {name: ingress}
---
apiVersion: v1
kind: ConfigMap    # slots-min-free 0 keeps HAProxy's config small at many previews; the last two are install/chart's, where the reasons are
metadata: {name: haproxy-ingress, namespace: ingress}
data:
  {slots-min-free: "0", initial-weight: "100", syslog-endpoint: stdout, syslog-format: raw, balance-algorithm: roundrobin, config-global: httpclient.ssl.verify none}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: haproxy-v1}
spec: {controller: haproxy-ingress.github.io/controller}
Y
# As quick as it goes, so that tests wait for us and not for it: above 10 updates/s is refused at start; its own defaults
# are 0.5 and 200ms, and make every change take 2 s more.
start ingress env -C /run/ingress POD_NAMESPACE=ingress haproxy-ingress --kubeconfig="$KUBECONFIG" --local-filesystem-prefix=/run/ingress \
  --update-status=false --watch-gateway=false --ingress-class=haproxy-v1 --configmap=ingress/haproxy-ingress \
  --healthz-addr=127.0.0.1:10254 --wait-before-update="${AVANT_CLUSTER_INGRESS_WAIT:-20ms}" \
  --rate-limit-update="${AVANT_CLUSTER_INGRESS_RATE:-10}"
until_ok 60 ingress_ok
