#!/usr/bin/env bash
# Ends the namespaces' init, and with it every process, container and mount inside; then removes what the kernel kept
# and the bulky state. Used by up.sh and down.sh under their lock.
set -euo pipefail; . "$(dirname "$0")/env.sh"
if pid=$(holder); then
  kill -9 "$pid" || true
  until_ok 20 sh -c "! kill -0 $pid" || true
fi
ip link del "$VETH" 2>/dev/null || true
# The processes die a little after the kill: a cgroup refuses to go until then.
for _ in $(seq 100); do
  left=$(find /sys/fs/cgroup -maxdepth 2 -name "$CGROUP" -type d); [ -n "$left" ] || break
  for group in $left; do find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true; done
  sleep 0.1
done
[ ! -e "$W/.avant-cluster" ] || rm -rf --one-file-system "$W"/{pid,etcd,containerd,kubelet,images,pki,kubeconfig,rig.kubeconfig,made-of}
