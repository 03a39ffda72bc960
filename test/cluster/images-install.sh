#!/usr/bin/env bash
# images-install.sh [avant|sandbox|haproxy-ingress|redis]... : puts the images of images-build.sh (all when none is named) on the
# node of the cluster that is up, and prints their references. Again: only what has changed.
set -euo pipefail; . "$(dirname "$0")/env.sh"
[ "$MODE" = real ] || { echo "a pretended node has no images" >&2; exit 2; }
holder >/dev/null || { echo "no cluster is up: run test/cluster/up.sh" >&2; exit 1; }
made=$("$HERE/images-build.sh" "$@")
while read -r reference archive; do
  mark=$W/images/there-${reference//[:\/]/-}
  if [ "$(cat "$mark" 2>/dev/null)" != "$archive" ]; then
    images import --snapshotter "$SNAPSHOTTER" - <"$archive" >"$W/log/import.log" 2>&1 || { cat "$W/log/import.log" >&2; exit 1; }
    echo "$archive" >"$mark"
  fi
  echo "$reference"
done <<<"$made"
