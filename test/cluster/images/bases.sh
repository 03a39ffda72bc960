# shellcheck shell=bash disable=SC2154
# Sourced: what stands in for the base images of the Dockerfile, which come from an image hub elsewhere.
node_binary() { # node_binary MAJOR : the one of the package that brings a Node to machines that lack it, or the machine's
  local file; for file in "$CODE"/node_modules/node-linux-*/bin/node "$(command -v node)"; do
    if [ -x "$file" ] && [[ "$("$file" --version)" = "v$1".* ]]; then echo "$file"; return; fi
  done; echo "images: no Node $1 is here: run npm ci" >&2; return 1
}
bases() { sed -n 's/^FROM \([^ ]*\).*/\1/p' "$CODE/Dockerfile" | sort -u; }
base() { # base REFERENCE : node:24-slim or golang:1.26, unless it is there
  local made=$STORE/store/base-${1//[:\/]/-} hash; hash=$(hash_of)
  [ "$(cat "$made" 2>/dev/null)" != "$hash" ] || return 0
  case $1 in node:*) base_node "$1" ;; golang:*) base_golang "$1" ;; *) echo "images: nothing here stands in for $1" >&2; return 1 ;; esac
  echo "$hash" >"$made"
}
base_node() {
  local root=$tmp/node node name; node=$(node_binary "$(sed 's/^[^:]*://; s/[-.].*//' <<<"$1")")
  skeleton "$root" 'node:x:1000:1000::/home/node:/bin/sh'; mkdir "$root/home/node"; chown 1000:1000 "$root/home/node"
  put_program "$root" "$(command -v dash)" /usr/bin/sh     # busybox's own shell would prefer its own unshare
  put_program "$root" "$node" /usr/local/bin/node
  for name in unshare prlimit find; do put_program "$root" "$(command -v $name)" "/usr/bin/$name"; done
  install -m 755 "$HERE/images/node-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  from_root "$1" "$root" 'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["node"]'
}
base_golang() { # Go itself is mounted
  [[ "$(go env GOVERSION)." = go"${1##*:}".* ]] || { echo "images: the Dockerfile wants $1, and $(go env GOVERSION) is here" >&2; return 1; }
  skeleton "$tmp/golang"
  from_root "$1" "$tmp/golang" 'ENV GOPATH=/go GOTOOLCHAIN=local' 'ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin'
}
from_root() { # from_root REFERENCE ROOT INSTRUCTION...
  printf '%s\n' 'FROM scratch' 'COPY . /' 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "${@:3}" >"$tmp/Dockerfile"
  build "docker.io/library/$1" "$tmp/Dockerfile" "$2"
}
