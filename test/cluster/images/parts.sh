# shellcheck shell=bash
# Sourced: root file systems from programs that are installed on this machine, each with the libraries it is linked with.
skeleton() { # skeleton ROOT : the folders of a merged-/usr Debian, users, a shell and small tools (busybox; never what put_program puts)
  local root=$1 name; mkdir -p "$root"/usr/{bin,sbin,lib,lib64,local/bin,local/sbin} "$root"/{etc,root,tmp,var,home,proc,sys,dev,run}; chmod 1777 "$root/tmp"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' "${@:2}" >"$root/etc/passwd"
  sed 's/^\([^:]*\):x:[0-9]*:\([0-9]*\):.*/\1:x:\2:/' "$root/etc/passwd" >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  cp "$(command -v busybox)" "$root/usr/bin/busybox"
  for name in sh cat chmod chown cp cut date dirname basename echo env false grep head hostname id kill ln ls mkdir mv nc printf ps pwd rm \
    rmdir sed sleep sort stat tail tar test '[' touch tr true uname wc wget which whoami; do ln -s busybox "$root/usr/bin/$name"; done
}
put_program() { # put_program ROOT FILE [AS] : an executable, at its own path or AS, and its libraries
  local root=$1 file=$2 library; local as=${3:-$file}
  mkdir -p "$root$(dirname "$as")"; rm -f "$root$as"; cp -L "$file" "$root$as"; chmod 755 "$root$as"
  # A static program has none, and ldd then fails.
  { ldd "$file" 2>/dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
    [ -e "$root$library" ] || { mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; }
  done
}
put_package() { # put_package ROOT DEBIAN_PACKAGE... : the files of installed packages, without documentation
  local root=$1 file
  dpkg -L "${@:2}" | grep '^/' | grep -v ^/usr/share/doc | sort -u | while read -r file; do
    [ -d "$file" ] || { mkdir -p "$root$(dirname "$file")"; cp -P "$file" "$root$file"; }
  done
}
