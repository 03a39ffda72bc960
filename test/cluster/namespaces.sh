#!/usr/bin/env bash
# New network, mount and pid namespaces, joined to the machine by one veth pair; everything else runs inside.
# Not `ip netns exec`: that remounts /sys, which hides the cgroups, and gives each process its own mount namespace, so
# that containerd would not see kubelet's volumes.
set -euo pipefail; . "$(dirname "$0")/env.sh"
setsid unshare --net --mount --pid --fork --mount-proc --kill-child --propagation private \
  bash -c 'trap "exit 0" TERM; while :; do sleep 3600; done' avant-cluster-init </dev/null >"$W/log/init.log" 2>&1 &
unshare=$!
# nsenter and unshare fork into a pid namespace: the process to know is the child, not the pid we got.
until_ok 10 pgrep -P "$unshare"
pgrep -P "$unshare" >"$W/pid/init"
until_ok 10 holder
ip link add "$VETH" type veth peer name eth0 netns "$(holder)"
ip addr add "$HOST_IP/30" dev "$VETH"; ip link set "$VETH" up
in_ns sh -euc '
  ip link set lo up; ip addr add "$1/30" dev eth0; ip link set eth0 up
  mount --make-rshared /
  mount -t tmpfs -o mode=755 tmpfs /run
' sh "$NODE_IP"
