#!/usr/bin/env bash
# install.sh         : installs the missing packages and builds the missing binaries; quick when all is there.
# install.sh --check : changes nothing; prints the first thing that is missing, in one line, and exits 1.
set -euo pipefail; . "$(dirname "$0")/env.sh"
check=; [ "${1:-}" != --check ] || check=1
fail() { echo "cluster: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null; }
hint="run test/cluster/install.sh as root"

# By command and not by package name: asking for Debian's containerd where Docker brought its own would remove Docker.
missing=()
need() { has "$1" || missing+=("$2"); }
need haproxy haproxy; need ctr containerd; need runc runc; need ip iproute2
need nft nftables; need iptables iptables; need curl curl; need openssl openssl; need pgrep procps
[ -x "${AVANT_CLUSTER_CNI_BIN:-/usr/lib/cni}/portmap" ] || missing+=(containernetworking-plugins)
compgen -G '/usr/share/lua/5.*/json.lua' >/dev/null || missing+=(lua-json)
# Static, because images.sh makes a whole container image of that one file. (ldd fails on a static binary.)
{ has busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; } || missing+=(busybox-static)
extra=()   # for other tests than the cluster's, and for the images of images-build.sh
has buildah || extra+=(buildah)
has dumb-init || extra+=(dumb-init)
has socat || extra+=(socat)
has redis-server || extra+=(redis-server)
has docker-registry || extra+=(docker-registry)
has chromium || has chromium-browser || has google-chrome || extra+=(chromium)

[ "$(uname -s)" = Linux ] || fail "needs Linux"
unbuilt=(); for name in "${BINARIES[@]}"; do [ -x "$BIN/$name" ] || unbuilt+=("$name"); done
services=(); for name in kube-proxy coredns; do [ -x "$SERVICES_BIN/$name" ] || services+=("$name"); done
if [ -n "$check" ]; then
  [ "$(id -u)" = 0 ] || fail "needs root, for namespaces and containers"
  [ ${#missing[@]} = 0 ] || fail "packages are missing (${missing[*]}): $hint"
  [ ${#unbuilt[@]} = 0 ] || fail "not built yet (${unbuilt[*]}): $hint"
  [ "$SERVICES" = 0 ] || [ ${#services[@]} = 0 ] || fail "not built yet (${services[*]}): $hint"
  unshare --net --mount --pid --fork true 2>/dev/null || fail "root, but not allowed to make namespaces here"
  exit 0
fi

apt_install() {
  [ "$(id -u)" = 0 ] || fail "packages are missing ($*): $hint"
  has apt-get || fail "packages are missing ($*) and there is no apt-get: install their like by hand"
  echo "apt-get install $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 && return
  apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends "$@" >/dev/null
}
[ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
[ ${#extra[@]} = 0 ] || (apt_install "${extra[@]}") || echo "without ${extra[*]}: the tests that need it cannot run" >&2

if [ ${#unbuilt[@]} != 0 ]; then
  has go || fail "Go is missing, which builds ${unbuilt[*]}: install it from https://go.dev/dl (1.21 or newer)"
  mkdir -p "$CACHE"; exec 9>"$CACHE/build.lock"; flock 9     # two at once: the second waits and finds all built
  unbuilt=(); for name in "${BINARIES[@]}"; do [ -x "$BIN/$name" ] || unbuilt+=("$name"); done
  [ ${#unbuilt[@]} = 0 ] || { echo "building ${unbuilt[*]} into $BIN (8 to 20 minutes from nothing)"; "$HERE/build/build.sh" "$BIN" "${unbuilt[@]}"; }
fi
if [ ${#services[@]} != 0 ]; then
  has go || fail "Go is missing, which builds ${services[*]}: install it from https://go.dev/dl (1.21 or newer)"
  mkdir -p "$CACHE"; exec 8>"$CACHE/services.lock"; flock 8
  [ -x "$SERVICES_BIN/coredns" ] || { echo "building ${services[*]} into $SERVICES_BIN (1 to 3 minutes)"; "$HERE/services/build.sh" "$SERVICES_BIN"; }
fi
"$HERE/../../install/helm.sh" >/dev/null || echo "without helm: the tests of charts cannot run" >&2   # for other tests than the cluster's

echo "cluster: all installed, binaries in $BIN"
