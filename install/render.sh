#!/usr/bin/env bash
# render.sh [--to DIR] [--values FILE]... : renders the chart into plain manifests, install/kubectl/ unless told, from
# install/values-kubectl.yaml unless told. What is there is for reading and for clusters without helm:
#   kubectl apply --server-side -f install/kubectl/
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
to=$here/kubectl values=()
while [ $# -gt 0 ]; do
  case $1 in
    --to) to=$2; shift 2 ;;
    --values) values+=(--values "$2"); shift 2 ;;
    *) echo "usage: render.sh [--to DIR] [--values FILE]..." >&2; exit 2 ;;
  esac
done
[ ${#values[@]} -gt 0 ] || values=(--values "$here/values-kubectl.yaml")
helm=$("$here/helm.sh")
mkdir -p "$to"

rm -f "$to"/{1-avant,2-edge,3-admission}.yaml
"$helm" template avant "$here/chart" --namespace avant --kube-version 1.36.0 "${values[@]}" | awk -v to="$to" '
  function file(source) {
    if (source ~ /\/templates\/edge\//) return to "/2-edge.yaml"
    if (source ~ /\/templates\/admission\//) return to "/3-admission.yaml"
    return to "/1-avant.yaml"
  }
  function begin(name) {
    if (name in begun) return
    begun[name] = 1
    print "# Rendered by install/render.sh from install/chart: change the values there, not here." > name
    if (name ~ /1-avant/) print "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: avant" > name
  }
  /^---$/ { next }
  /^# Source: / { name = file($3); begin(name); print "---" > name; next }
  { print > name }'
