#!/usr/bin/env bash
# tag-image.sh NAME [web|crash] : makes the image NAME (host/path:tag) exist on the node, as a push to a registry would.
# web answers / on 8080 with `tenant=$TENANT sha=$SHA image=NAME host=<pod>`; crash ends with an error at its start.
set -euo pipefail; . "$(dirname "$0")/env.sh"; . "$HERE/oci.sh"
name=${1:?which name:tag}; kind=${2:-web}
# A name without a host part is looked up under a public registry's name and never found, and importing it again under a
# good name does not repair that: refuse it here.
[[ $name =~ ^(localhost|[a-z0-9.-]+\.[a-z]+|[a-z0-9.-]+:[0-9]+)/[a-z0-9._/-]+:[A-Za-z0-9_.-]+$ ]] || { echo "image name must be host/path:tag, for example localhost/foo:1, not $name" >&2; exit 2; }
holder >/dev/null || { echo "no cluster is up: run test/cluster/up.sh" >&2; exit 1; }
# Two at once would write the same working files.
exec 9>"$W/tag-image.lock"; flock 9
config=$(config_of "$kind" "$name")
oci_image "$name" "$config" | images import --snapshotter "$SNAPSHOTTER" - >/dev/null
