#!/usr/bin/env bash
# images-build.sh [avant|sandbox|haproxy-ingress|redis]... : makes container images (all when none is named) without a container
# engine or an image hub, by Debian's buildah, and prints `REFERENCE ARCHIVE` for each. What was made already is there at once.
#   avant            the Dockerfile itself, step by step; only its base images are stood in for, by this machine's node, Go and util-linux
#   sandbox          the same with sandbox/ and the packages that it imports
#   haproxy-ingress  the rig's controller in upstream's layout, with Debian's HAProxy
#   redis            Debian's Redis, which takes arguments as the official image does
set -euo pipefail; . "$(dirname "$0")/env.sh"; . "$HERE/images/parts.sh"; . "$HERE/images/bases.sh"
CODE=$(cd "$HERE/../.." && pwd); STORE=$CACHE/images
# One at a time; in a mount namespace of its own, so that buildah's mounts end with it.
[ -n "${AVANT_IMAGES_LOCKED:-}" ] || { mkdir -p "$STORE"; AVANT_IMAGES_LOCKED=1 exec flock "$STORE/lock" unshare --mount "$0" "$@"; }
[ $# -gt 0 ] || set -- avant sandbox haproxy-ingress redis
for command in buildah dumb-init socat go npm; do
  command -v "$command" >/dev/null || { echo "images: $command is missing: run test/cluster/install.sh as root" >&2; exit 1; }
done
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$CODE/package.json")
rm -rf "$STORE"/tmp.*; tmp=$(mktemp -d "$STORE/tmp.XXXXXX"); trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp"/{l,u,w,m}; driver=vfs   # overlayfs does not stack on itself, as in node.sh
if mount -t overlay overlay -o "lowerdir=$tmp/l,upperdir=$tmp/u,workdir=$tmp/w" "$tmp/m" 2>/dev/null; then umount "$tmp/m"; driver=overlay; fi

b() { buildah --root "$STORE/store" --runroot "$tmp/run" --storage-driver "$driver" "$@"; }
quietly() { "$@" >"$tmp/log" 2>&1 || { tail -n 40 "$tmp/log" >&2; return 1; }; }
build() { quietly b bud --isolation chroot --layers --pull-never --format docker -t "$1" -f "$2" "${@:4}" "$3"; }   # build REFERENCE DOCKERFILE CONTEXT [OPTION...]
# What every image is made of besides files of the checkout.
machine=$("$(node_binary 24)" --version; dpkg-query -W haproxy redis-server util-linux libc6 dash busybox-static lua-json; go env GOVERSION; echo "$BIN $driver")
hash_of() { # hash_of [PATH...] : of the files below, their modes and names, of the machine's parts and of what makes images
  (cd "$CODE"; find "$@" test/cluster/images test/cluster/images-build.sh -type f -printf '%m %p\n' | sort
    find "$@" test/cluster/images test/cluster/images-build.sh -type f -print0 | sort -z | xargs -0 sha256sum; echo "$machine") | sha256sum | cut -c1-12
}

make_avant() { # make_avant REFERENCE
  local from npm mounts; for from in $(bases); do base "$from"; done
  # Lent to the steps, and in no layer: what this machine trusts and has fetched already, Go, and npm.
  npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
  mkdir -p "$tmp/etc" "$HOME/.npm" "$(go env GOMODCACHE)" "$(go env GOCACHE)"; echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$tmp/etc/npmrc"
  mounts=(-v /etc/ssl/certs:/etc/ssl/certs:ro -v "$tmp/etc:/usr/local/etc:ro" -v "$npm:/usr/local/lib/node_modules/npm:ro" -v "$HOME/.npm:/root/.npm"
    -v "$(go env GOROOT):/usr/local/go:ro" -v "$(go env GOMODCACHE):/go/pkg/mod" -v "$(go env GOCACHE):/root/.cache/go-build")
  build "$1" "$CODE/Dockerfile" "$CODE" "${mounts[@]}"; avant_made=1
}
make_sandbox() {
  local context=$tmp/sandbox folder; mkdir -p "$context/node_modules"; cp -r "$CODE/sandbox" "$context/sandbox"
  "$(node_binary 24)" "$HERE/images/sandbox-packages.ts" "$CODE" >"$tmp/packages"
  while read -r folder; do mkdir -p "$context/$folder"; cp -r "$CODE/$folder/." "$context/$folder"; done <"$tmp/packages"
  [ -n "${avant_made:-}" ] || make_avant "localhost/avant:$version"   # the one in the store may be another checkout's
  build "$1" "$HERE/images/sandbox.Dockerfile" "$context" --build-arg "AVANT=localhost/avant:$version"
}
make_haproxy-ingress() {
  local root=$tmp/haproxy name; skeleton "$root" 'haproxy:x:99:99::/var/lib/haproxy:/bin/false'
  cp -r "$BIN/haproxy-rootfs/." "$root"; rm "$root/Dockerfile"; chmod 755 "$root"/*.sh
  cp "$BIN/haproxy-ingress" "$root/haproxy-ingress-controller"
  put_program "$root" "$(command -v haproxy)" /usr/local/sbin/haproxy
  for name in dumb-init socat openssl setcap; do put_program "$root" "$(command -v $name)" "/usr/bin/$name"; done
  put_package "$root" lua-json lua-lpeg
  build "$1" "$HERE/images/haproxy-ingress.Dockerfile" "$root"
}
make_redis() {
  local root=$tmp/redis name; skeleton "$root" 'redis:x:999:999::/data:/bin/false'
  for name in redis-server redis-cli; do put_program "$root" "$(command -v $name)" "/usr/local/bin/$name"; done
  install -m 755 "$HERE/images/redis-entrypoint.sh" "$root/usr/local/bin/redis-entrypoint"
  build "$1" "$HERE/images/redis.Dockerfile" "$root"
}

image() { # image NAME REFERENCE [PATH...] : made of what is at the paths
  local name=$1 reference=$2 archive; archive=$STORE/$name-$(hash_of "${@:3}").tar
  if [ ! -e "$archive" ]; then
    echo "making the image $reference" >&2
    mkdir -p "$STORE/store"   # all that was ever made stays there, for its layers: now and then begin anew
    [ "$(du -sm "$STORE/store" | cut -f1)" -lt 5000 ] || { rm -rf "$STORE/store"; mkdir "$STORE/store"; }
    "make_$name" "$reference"
    rm -f "$archive.new"; quietly b push "$reference" "docker-archive:$archive.new:$reference"; mv "$archive.new" "$archive"
  fi
  touch "$archive"; ls -t "$STORE/$name"-????????????.tar | tail -n +3 | xargs -r rm -f   # another checkout may have the other one
  echo "$reference $archive"
}
mapfile -t context < <(sed -n 's/^!//p' "$CODE/.dockerignore")
for name; do
  case $name in
    avant) image avant "localhost/avant:$version" Dockerfile .dockerignore "${context[@]}" ;;
    sandbox) image sandbox "localhost/avant-sandbox:$version" Dockerfile .dockerignore "${context[@]}" sandbox ;;
    haproxy-ingress) image haproxy-ingress "localhost/haproxy-ingress:$(sed -n 's/.*haproxy-ingress@\(v[0-9.]*\).*/\1/p' "$HERE/build/build.sh")" ;;
    redis) image redis "localhost/redis:$(redis-server --version | sed 's/.* v=\([0-9]*\).*/\1/')" ;;
    *) echo "an image is avant, sandbox, haproxy-ingress or redis, not $name" >&2; exit 2 ;;
  esac
done
