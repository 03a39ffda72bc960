#!/usr/bin/env bash
# up.sh [real|kwok] : a running cluster, the one that is there if it is healthy and made by these scripts, else a fresh one.
# Prints KEY=value lines (kubeconfig, ingress address, audit log, kubectl) on stdout, what it does on stderr.
set -euo pipefail
export AVANT_CLUSTER_MODE=${1:-${AVANT_CLUSTER_MODE:-real}}
. "$(dirname "$0")/env.sh"; lock "$@"
"$HERE/install.sh" --check

healthy() { holder && [ "$(cat "$W/made-of" 2>/dev/null)" = "$made_of" ] && api_ok && node_ready && ingress_ok && services_ok; }
wipe() { # $W may have been set by hand: take away nothing but what we made
  if [ -e "$W" ] && [ ! -e "$W/.avant-cluster" ] && [ -n "$(ls -A "$W")" ]; then
    echo "$W is not empty and not ours: set AVANT_CLUSTER_WORK to another directory" >&2; exit 1
  fi
  mkdir -p "$W"; chmod 700 "$W"; touch "$W/.avant-cluster"   # 700: keys and tokens are in there
  find "$W" -mindepth 1 -maxdepth 1 ! -name .avant-cluster ! -name lease -exec rm -rf --one-file-system {} +
  mkdir -p "$W/log" "$W/pid" "$W/lease"
}
make() { # each failure handled by hand: `set -e` does not hold in a function called with ||
  local step started; started=$(now)
  local steps=(namespaces control-plane); if [ "$MODE" = real ]; then steps+=(images node); else steps+=(kwok); fi
  [ "$SERVICES" = 0 ] || steps+=(services)
  [ "$INGRESS" = none ] || steps+=(ingress)
  for step in "${steps[@]}"; do "$HERE/$step.sh" || { echo "cluster ($MODE): $step.sh failed" >&2; return 1; }; done
  until_ok 60 services_ok || return 1
  echo "cluster ($MODE): up in $(( $(now) - started )) ms" >&2
}
made_of=$(cat "$HERE"/*.sh <(echo "$BIN $SERVICES_BIN $MODE $INGRESS $SERVICES ${AVANT_CLUSTER_INGRESS_RATE:-} ${AVANT_CLUSTER_INGRESS_WAIT:-} ${AVANT_CLUSTER_CONTROLLER_QPS:-}") | sha256sum)
if healthy >/dev/null 2>&1; then
  echo "cluster ($MODE): already up" >&2
else
  "$HERE/end.sh"; wipe
  make || { tail -n 5 "$W"/log/*.log >&2; exit 1; }
  echo "$made_of" >"$W/made-of"
fi
touch "$W/lease/${AVANT_CLUSTER_LEASE:-by-hand}"   # see down.sh
printf '%s\n' "KUBECONFIG=$ADMIN_KUBECONFIG" "INGRESS=$NODE_IP" "AUDIT_LOG=$W/audit.log" "KUBECTL=$BIN/kubectl"
