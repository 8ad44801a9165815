# Runs $script with bash inside $lkmcRoot, as uid 0 of a user namespace of its own. The tree lies read-only in the store, so
# what changes is mounted over it. Inside the Nix sandbox /build is the build's own directory.
set -e
busybox=$lkmcSeed/bin/busybox
if [ -z "$lkmcEntered" ]; then
  export lkmcEntered=1
  exec "$busybox" unshare -Urm "$busybox" sh "$0"
fi
root=$NIX_BUILD_TOP/.root
"$busybox" mkdir "$root"
"$busybox" mount --bind "$lkmcRoot" "$root"
for directory in /nix /proc /dev /tmp; do "$busybox" mount --rbind "$directory" "$root$directory"; done
"$busybox" mount --rbind "$NIX_BUILD_TOP" "$root/build"
cd /
unset lkmcEntered
export PATH=/usr/bin:/usr/sbin HOME=/tmp LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1
export NIX_BUILD_TOP=/build TMPDIR=/tmp
# Nix's 0 means all processors; make's does not.
[ "$NIX_BUILD_CORES" != 0 ] || NIX_BUILD_CORES=$("$busybox" nproc)
exec "$busybox" chroot "$root" /usr/bin/bash -c 'cd /build && exec bash -euo pipefail "$script"'
