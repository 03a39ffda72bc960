#!/usr/bin/env bash
# Services and their names for pods: kube-proxy and CoreDNS as plain processes. The rig's own HAProxy goes to
# the pods' addresses and needs neither. Only starts them: they are ready a little later, see services_ok.
set -euo pipefail; . "$(dirname "$0")/env.sh"
cat >"$W/kube-proxy.yaml" <<Y
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: "$KUBECONFIG"}
clusterCIDR: $POD_CIDR
hostnameOverride: node1
healthzBindAddress: 127.0.0.1:10256
nftables: {minSyncPeriod: 100ms}
# Zeros leave the kernel's settings alone, which are the machine's too; so does oomScoreAdj, which needs CAP_SYS_RESOURCE.
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
oomScoreAdj: 0
Y
cat >"$W/Corefile" <<Y
cluster.local:53 {
  bind $NODE_IP
  errors
  kubernetes cluster.local {
    kubeconfig $KUBECONFIG
    ttl 1
  }
  cache 1
}
.:53 {
  bind $NODE_IP
  template ANY ANY {
    rcode NXDOMAIN   # there is nothing outside; an unanswered question would be asked again and again
  }
}
Y
# Pods share one bridge: answers must come back through the rules too, or they would have the pod's address and not the
# Service's. There is no default route: without one for ClusterIPs the node itself could not reach them. To the machine outside,
# which knows no way to the pods, they speak from the node's address.
in_ns bash -euc '
  echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
  echo 1 >/proc/sys/net/ipv4/ip_forward
  ip route replace 10.96.0.0/16 dev eth0
  nft -f - <<N
table ip avant-cluster {
  chain leaving {
    type nat hook postrouting priority srcnat;
    oifname "eth0" ip saddr $1 masquerade
  }
}
N
' bash "$POD_CIDR"
start kube-proxy kube-proxy --config="$W/kube-proxy.yaml"
start coredns coredns -conf "$W/Corefile"
