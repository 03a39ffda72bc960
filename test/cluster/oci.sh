# shellcheck shell=bash
# Sourced: container images from nothing, without a registry. Every image here is the same one layer ($W/images/layer,
# made by images.sh) with another configuration, so a new one costs a few hundred bytes.
I=$W/images
case $(uname -m) in aarch64) ARCH=arm64 ;; *) ARCH=amd64 ;; esac
OCI=application/vnd.oci.image
USER_ID=65532:65532   # a number, because runAsNonRoot is checked against nothing else

oci_image() { # oci_image NAME CONFIG_JSON : an OCI layout as a tar stream
  local dir hash size; dir=$(mktemp -d "$I/oci.XXXXXX"); mkdir -p "$dir/blobs/sha256"
  put() { hash=$(sha256sum "$1" | cut -d' ' -f1); size=$(stat -c %s "$1"); ln "$1" "$dir/blobs/sha256/$hash"; }
  ref() { printf '{"mediaType":"%s","digest":"sha256:%s","size":%s%s}' "$OCI.$1" "$hash" "$size" "${2:-}"; }
  put "$I/layer"; local layer diff=$hash; layer=$(ref layer.v1.tar)
  printf '{"architecture":"%s","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$ARCH" "$2" "$diff" >"$dir/config"
  put "$dir/config"
  printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' "$OCI.manifest.v1+json" "$(ref config.v1+json)" "$layer" >"$dir/manifest"
  put "$dir/manifest"
  printf '{"schemaVersion":2,"manifests":[%s]}' "$(ref manifest.v1+json ",\"annotations\":{\"io.containerd.image.name\":\"$1\"}")" >"$dir/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
  tar -C "$dir" -cf - blobs index.json oci-layout; rm -rf "$dir"
}
config_of() { # config_of KIND NAME : pause, web or crash
  local command user="\"User\":\"$USER_ID\","
  case $1 in
    pause) command='"/bin/sleep","2147483647"' user= ;;
    web) command='"/start"' ;;
    crash) command='"/crash"' ;;
    *) echo "an image is web or crash, not $1" >&2; return 1 ;;
  esac
  printf '{%s"Env":["PATH=/bin","IMAGE=%s"],"Entrypoint":[%s],"ExposedPorts":{"8080/tcp":{}}}' "$user" "$2" "$command"
}
