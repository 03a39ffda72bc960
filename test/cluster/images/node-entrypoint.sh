#!/bin/sh
# As the official image of Node: options, and what is no command, are node's.
set -e
case "${1:-}" in -*) set -- node "$@" ;; *) command -v "${1:-}" >/dev/null || set -- node "$@" ;; esac
exec "$@"
