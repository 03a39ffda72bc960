#!/usr/bin/env bash
# down.sh [real|kwok]                   : ends the cluster, whoever uses it.
# down.sh [real|kwok] --release <lease> : ends it unless somebody else still uses it: another live process (leases are
#                                         named <pid>.<number>), or a person (up.sh by hand leaves the lease by-hand).
set -euo pipefail
case ${1:-} in real | kwok) export AVANT_CLUSTER_MODE=$1; args=("${@:2}") ;; *) args=("$@") ;; esac
. "$(dirname "$0")/env.sh"; lock "$@"
if [ "${args[0]:-}" = --release ]; then
  rm -f "$W/lease/${args[1]:?which lease}"
  for lease in "$W"/lease/*; do
    name=$(basename "$lease")
    if [ "$name" = by-hand ] || kill -0 "${name%%.*}" 2>/dev/null; then echo "cluster: still used by $name"; exit 0; fi
    rm -f "$lease"
  done
fi
"$HERE/end.sh"
rm -rf "$W/lease"
echo "cluster ($MODE): down, logs stay in $W/log"
