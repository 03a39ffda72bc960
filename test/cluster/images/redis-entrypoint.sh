#!/bin/sh
# Options alone are redis-server's; protected mode is off, as in the official image: a pod is reached from other pods.
set -e
case "${1:-}" in
  -*) set -- redis-server "$@" ;;
  *.conf) set -- redis-server "$@" ;;
esac
[ "$1" = redis-server ] || exec "$@"
shift
case "${1:-}" in
  *.conf) file=$1; shift; exec redis-server "$file" --protected-mode no "$@" ;;
  *) exec redis-server --protected-mode no "$@" ;;
esac
