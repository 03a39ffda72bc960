#!/usr/bin/env bash
# build.sh OUTDIR NAME... : builds the named binaries from Go modules, through plain `go`. Each one appears under its
# name only when it is whole. Changing this file or go.mod makes a new OUTDIR (see env.sh), so keep remarks elsewhere.
set -euo pipefail
out=$1; shift; cd "$(dirname "$0")"; mkdir -p "$out"
K8S=v1.36.1 INGRESS=github.com/jcmoraisjr/haproxy-ingress@v0.16.1
export CGO_ENABLED=0
chmod -R u+w "$out"; rm -rf "$out"/.build-*   # left by a build that was killed; install.sh lets one run at a time
tmp=$(mktemp -d "$out/.build-XXXXXX"); trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
version=k8s.io/component-base/version
flags="-s -w -X $version.gitVersion=$K8S -X $version.gitMajor=1 -X $version.gitMinor=36"
build() { go build -trimpath -ldflags "$flags" -o "$tmp/$1" "$2"; }
copy() { cp -r "$1" "$tmp/copy"; chmod -R u+w "$tmp/copy"; rm -rf "${out:?}/$2"; mv "$tmp/copy" "$out/$2"; }
for name; do
  start=$(date +%s)
  case $name in
    etcd) build etcd go.etcd.io/etcd/server/v3 ;;
    kwok)
      build kwok sigs.k8s.io/kwok/cmd/kwok
      copy "$(go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage" kwok-stage ;;
    haproxy-ingress)
      # `go install module@version` asks for the list of versions first, which a module proxy may refuse (403).
      # Download exactly this version and build in a copy of it, with its own go.sum.
      dir=$(cd "$tmp" && go mod download -json "$INGRESS" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
      cp -r "$dir" "$tmp/src"; chmod -R u+w "$tmp/src"
      (cd "$tmp/src" && go build -trimpath -ldflags '-s -w' -o "$tmp/haproxy-ingress" ./pkg)
      copy "$tmp/src/rootfs" haproxy-rootfs ;;
    *) build "$name" "k8s.io/kubernetes/cmd/$name" ;;
  esac
  mv "$tmp/$name" "$out/$name"
  echo "built $name in $(( $(date +%s) - start )) s"
done
