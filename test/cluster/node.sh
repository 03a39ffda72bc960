#!/usr/bin/env bash
# A real node: containerd, runc, the CNI bridge with host ports, and kubelet.
set -euo pipefail; . "$(dirname "$0")/env.sh"
C=$W/containerd; mkdir -p "$C/cni" "$W/kubelet" "$W/podlogs" "$W/fakesys"
# Paths that kubelet hard-codes. These three stay behind, empty: removing them would also take away the mount of
# another cluster that is still up.
mkdir -p /var/lib/kubelet /var/log/pods /var/log/containers
in_ns bash -euc '
  mount --bind "$1/kubelet" /var/lib/kubelet
  mount --bind "$1/podlogs" /var/log/pods
  mount -t tmpfs tmpfs /var/log/containers
  # kubelet writes these kernel-wide settings at its start. Show it files that already hold what it wants, so that the
  # machine keeps its own.
  fake() { [ -e "$2" ] || return 0; local file; file=$1/fakesys/$(basename "$2"); echo "$3" >"$file"; mount --bind "$file" "$2"; }
  fake "$1" /proc/sys/vm/overcommit_memory 1
  fake "$1" /proc/sys/vm/panic_on_oom 0
  fake "$1" /proc/sys/kernel/panic 10
  fake "$1" /proc/sys/kernel/panic_on_oops 1
  fake "$1" /proc/sys/kernel/keys/root_maxkeys 1000000
  fake "$1" /proc/sys/kernel/keys/root_maxbytes 25000000
' bash "$W"

cat >"$C/cni/10-bridge.conflist" <<Y
{"cniVersion":"1.0.0","name":"avant","plugins":[
 {"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":false,"hairpinMode":true,
  "ipam":{"type":"host-local","dataDir":"/run/cni-ipam","ranges":[[{"subnet":"$POD_CIDR"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}
Y
# overlayfs does not stack on itself, so not where this machine is a container; native copies the whole image for each
# container, which an image of one small file does not feel and one of 400 MB does.
if in_ns sh -euc 'mkdir -p "$1/l" "$1/u" "$1/w" "$1/m"; mount -t overlay overlay -o "lowerdir=$1/l,upperdir=$1/u,workdir=$1/w" "$1/m"; umount "$1/m"' \
  sh "$C/overlay-try" 2>/dev/null; then SNAPSHOTTER=overlayfs; fi
echo "$SNAPSHOTTER" >"$W/snapshotter"
cri='plugins."io.containerd.grpc.v1.cri"'
cat >"$C/config.toml" <<Y
version = 2
root = "$C/root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs","io.containerd.snapshotter.v1.zfs","io.containerd.snapshotter.v1.devmapper","io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[$cri]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true          # without CAP_SYS_RESOURCE a negative score would fail the sandbox
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [$cri.cni]
    bin_dir = "${AVANT_CLUSTER_CNI_BIN:-/usr/lib/cni}"
    conf_dir = "$C/cni"
  [$cri.containerd]
    snapshotter = "$SNAPSHOTTER"
    [$cri.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [$cri.containerd.runtimes.runc.options]
        SystemdCgroup = false
Y
start containerd containerd --config "$C/config.toml"
until_ok 30 images list
for image in pause web crash; do "$HERE/tag-image.sh" "localhost/$image:1" "$image"; done

# All pods live under one cgroup per controller, which down.sh removes.
for c in /sys/fs/cgroup/*/; do [ "$(stat -fc %T "$c")" != cgroupfs ] || mkdir -p "$c$CGROUP"; done
# As much weight against other processes as kubelet gives pods where it has the machine for itself.
echo $(( $(nproc) * 1024 )) >"/sys/fs/cgroup/cpu/$CGROUP/cpu.shares" 2>/dev/null || true
for file in cpus mems; do cp "/sys/fs/cgroup/cpuset/cpuset.$file" "/sys/fs/cgroup/cpuset/$CGROUP/cpuset.$file" 2>/dev/null || true; done
if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then   # a pure v2 machine: written from the documentation, never run
  mkdir -p "/sys/fs/cgroup/$CGROUP"
  for c in cpu cpuset memory pids io; do echo "+$c" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true; done
fi
cat >"$W/kubelet.yaml" <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false                # true by default since 1.35
cgroupDriver: cgroupfs             # must be said: containerd 1.x cannot be asked. 1.37 is to drop that: then containerd 2
cgroupRoot: /$CGROUP
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow} # reachable from this machine only; makes kubectl logs and exec work
enforceNodeAllocatable: [pods]
failSwapOn: false
oomScoreAdj: 0                     # a negative score needs CAP_SYS_RESOURCE, as does a higher maxOpenFiles
maxOpenFiles: $(ulimit -Hn)
makeIPTablesUtilChains: false
localStorageCapacityIsolation: false
evictionHard: {memory.available: "100Mi", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%", imagefs.inodesFree: "0%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
resolvConf: ""
clusterDNS: [$NODE_IP]             # where services.sh has CoreDNS; without it every pod gets a warning event
clusterDomain: cluster.local
registerNode: true
maxPods: 200
serializeImagePulls: false
Y
start kubelet kubelet --config="$W/kubelet.yaml" --kubeconfig="$KUBECONFIG" --hostname-override=node1 --node-ip="$NODE_IP" --v=2
until_ok 120 node_ready
