#!/usr/bin/env bash
# helm.sh : prints the path of a helm 4: $AVANT_HELM, the one on PATH, or one built from its Go module as pinned in helm/go.mod
#           (3 minutes the first time, at once when it is there). app/io/render/find-helm.ts looks in the same places.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ -z "${AVANT_HELM:-}" ] || { echo "$AVANT_HELM"; exit; }
found=$(command -v helm || true)
if [ -n "$found" ] && [[ "$("$found" version --short 2>/dev/null)" = v4.* ]]; then echo "$found"; exit; fi

pins=$here/helm/go.mod
version=$(sed -n 's|.*helm\.sh/helm/v4 \(v[^ ]*\).*|\1|p' "$pins")
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/avant
helm=$cache/helm-$version-$(sha256sum "$pins" | cut -c1-12)/helm
[ ! -x "$helm" ] || { echo "$helm"; exit; }

PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "helm.sh: neither helm 4 nor Go (1.26 or newer, https://go.dev/dl) is here" >&2; exit 1; }
mkdir -p "$cache"; exec 9>"$cache/helm.lock"
! command -v flock >/dev/null || flock 9     # two at once: the second waits and finds it built
if [ ! -x "$helm" ]; then
  echo "building helm $version into $helm (about 3 minutes)" >&2
  mkdir -p "$(dirname "$helm")"
  (cd "$here/helm" && go build -trimpath -ldflags '-s -w' -o "$helm.new" helm.sh/helm/v4/cmd/helm) >&2
  mv "$helm.new" "$helm"
fi
echo "$helm"
