#!/usr/bin/env bash
# build.sh OUTDIR : builds kube-proxy (of the Kubernetes that ../build pins) and CoreDNS; each appears under its name when it is whole.
set -euo pipefail
out=$1; cd "$(dirname "$0")"; mkdir -p "$out"
export CGO_ENABLED=0
tmp=$(mktemp -d "$out/.build-XXXXXX"); trap 'rm -rf "$tmp"' EXIT
k8s=$(sed -n 's|^\tk8s.io/kubernetes \(v[^ ]*\).*|\1|p' ../build/go.mod)
version=k8s.io/component-base/version
built() { mv "$tmp/$1" "$out/$1"; echo "built $1 in $(( SECONDS - start )) s"; }
start=$SECONDS
# The flags of ../build/build.sh, so that what it compiled is taken from Go's cache.
(cd ../build && go build -trimpath -ldflags "-s -w -X $version.gitVersion=$k8s -X $version.gitMajor=1 -X $version.gitMinor=36" \
  -o "$tmp/kube-proxy" k8s.io/kubernetes/cmd/kube-proxy)
built kube-proxy
start=$SECONDS
go build -trimpath -ldflags '-s -w' -o "$tmp/coredns" .
built coredns
