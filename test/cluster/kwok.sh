#!/usr/bin/env bash
# A pretended node: kwok calls every pod Ready, whatever its image, and one process answers on every pod address. Cheap at
# 1,000 previews, and says nothing about containers.
set -euo pipefail; . "$(dirname "$0")/env.sh"
in_ns ip route replace local "$POD_CIDR" dev lo      # every address of the pod network is now this machine
start backend node -e '
  require("node:http").createServer((request, answer) => {
    answer.end(`pod-ip=${request.socket.localAddress} host=${request.headers.host} path=${request.url}\n`);
  }).listen(8080, "0.0.0.0")'
kubectl apply -f - >/dev/null <<Y
apiVersion: v1
kind: Node
metadata: {name: node1, labels: {kubernetes.io/hostname: node1, kubernetes.io/os: linux, type: kwok}}
spec: {podCIDR: "$POD_CIDR"}
Y
# kwok has no behaviour of its own: without stage files it ends with "no stages found". Without the lease flag nothing
# renews the node's lease, and the node turns NotReady after ~50 s.
stages=()
for stage in node/fast/node-initialize node/heartbeat-with-lease/node-heartbeat-with-lease pod/fast/pod-{ready,complete,delete}; do
  stages+=(--config "$BIN/kwok-stage/$stage.yaml")
done
start kwok kwok --kubeconfig="$KUBECONFIG" --manage-all-nodes=true --cidr="$POD_CIDR" --node-ip="$NODE_IP" \
  --node-lease-duration-seconds=40 "${stages[@]}"
until_ok 60 node_ready
