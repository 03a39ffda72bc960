#!/usr/bin/env bash
# The one layer that all images share (busybox and three small scripts), see oci.sh.
set -euo pipefail; . "$(dirname "$0")/env.sh"; . "$HERE/oci.sh"
rm -rf "$I"; r=$I/root; mkdir -p "$r"/{bin,etc,tmp,www/cgi-bin}; chmod 1777 "$r/tmp"
cp "$(command -v busybox)" "$r/bin/busybox"
for name in sh httpd sleep cat echo env hostname id ls nc printf; do ln -s busybox "$r/bin/$name"; done
echo 'app:x:65532:65532::/tmp:/bin/sh' >"$r/etc/passwd"
# PID 1 without a handler ignores SIGTERM, and each delete would then wait for the whole grace period: so a shell which
# traps it, and not httpd itself, is PID 1. FAIL_TENANT lets a test break one tenant of several with the same image.
cat >"$r/start" <<'S'
#!/bin/sh
trap 'exit 0' TERM INT
if [ -n "$TENANT" ] && [ "$FAIL_TENANT" = "$TENANT" ]; then echo "Error: cannot start for tenant $TENANT" >&2; exit 1; fi
httpd -f -p "${PORT:-8080}" -h /www &
echo "$IMAGE listens on ${PORT:-8080}, tenant=$TENANT sha=$SHA"
wait $!
S
cat >"$r/crash" <<'S'
#!/bin/sh
echo "Error: cannot reach the database" >&2
exit 1
S
# httpd answers a directory without index.html from cgi-bin/index.cgi, so this is /. Nothing is written: the root
# file system may be read-only. The environment is the container's.
cat >"$r/www/cgi-bin/index.cgi" <<'S'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\ntenant=%s sha=%s image=%s host=%s\n' "$TENANT" "$SHA" "$IMAGE" "$(hostname)"
S
chmod 755 "$r/start" "$r/crash" "$r/www/cgi-bin/index.cgi"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$r" -cf "$I/layer" .
rm -rf "$r"
