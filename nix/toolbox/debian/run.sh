# Runs $script with bash inside $lkmcRoot, as uid 0 of a user namespace of its own. The tree lies read-only in the store, so
# what changes is mounted over it. Inside the Nix sandbox /build is the build's own directory.
# The environment is the script's: no name is used here that does not begin with lkmc.
set -e
lkmcBusybox=$lkmcSeed/bin/busybox
if [ -z "$lkmcEntered" ]; then
  export lkmcEntered=1
  exec "$lkmcBusybox" unshare -Urm "$lkmcBusybox" sh "$0"
fi
lkmcTree=$NIX_BUILD_TOP/.root
"$lkmcBusybox" mkdir "$lkmcTree"
"$lkmcBusybox" mount --bind "$lkmcRoot" "$lkmcTree"
for lkmcDirectory in /nix /proc /dev /tmp; do "$lkmcBusybox" mount --rbind "$lkmcDirectory" "$lkmcTree$lkmcDirectory"; done
"$lkmcBusybox" mount --rbind "$NIX_BUILD_TOP" "$lkmcTree/build"
cd /
unset lkmcEntered
export PATH=/usr/bin:/usr/sbin HOME=/tmp LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1
export NIX_BUILD_TOP=/build TMPDIR=/tmp
# Nix's 0 means all processors; make's does not.
[ "$NIX_BUILD_CORES" != 0 ] || NIX_BUILD_CORES=$("$lkmcBusybox" nproc)
exec "$lkmcBusybox" chroot "$lkmcTree" /usr/bin/bash -c 'cd /build && exec bash -euo pipefail "$script"'
