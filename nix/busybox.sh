. "$unpack"
unpack "$archive" source
mkdir build
# insmod would try a module whose init function has failed once more by init_module, and that would run the function twice. Only a
# kernel without finit_module, and a file that it does not take for a module (a compressed one), are reasons for that.
loader=source/modutils/modutils.c
sed -i -e 's/rc = finit_module(fd, options, 0) != 0;/rc = finit_module(fd, options, 0) ? errno : 0;/' \
  -e 's/if (rc == 0)$/if (rc != ENOSYS \&\& rc != ENOEXEC)/' "$loader"
[ "$(grep -c -e ') ? errno : 0;$' -e 'if (rc != ENOSYS && rc != ENOEXEC)$' "$loader")" = 2 ]
busybox() { make -C "$PWD/source" O="$PWD/build" CROSS_COMPILE="$cross" SKIP_STRIP=y "$@"; }
busybox -s defconfig > /dev/null
set_option() { sed -i -E "s/^(# )?CONFIG_$1[= ].*/$2/" build/.config; grep -q "^$2\$" build/.config; }
set_option STATIC 'CONFIG_STATIC=y'
# tc needs kernel headers of its own time.
set_option TC '# CONFIG_TC is not set'
# Modules are loaded by file name, not from /lib/modules; insmod must take the uncompressed .ko as it is.
set_option FEATURE_MODUTILS_ALIAS 'CONFIG_FEATURE_MODUTILS_ALIAS=y'
# The full modprobe, which reads /etc/modprobe.conf and modules.dep as every other one does.
set_option MODPROBE_SMALL '# CONFIG_MODPROBE_SMALL is not set'
# `yes ""` ends by SIGPIPE once oldconfig has read enough; that is no failure.
(yes "" || true) | busybox -s oldconfig > /dev/null
busybox -s -j "$NIX_BUILD_CORES" busybox
# For a debugger, under each of its names. It has symbols and no DWARF: with that the linker would give the program another build id, and
# the root file system other bytes.
mkdir -p "$out/bin" "$out/debug"
cp build/busybox "$out/debug/"
"${cross}strip" build/busybox
cp build/busybox "$out/bin/"
# The links that `busybox --install` would make, one per line, for the root file system to make.
cp build/busybox.links "$out/links" 2>/dev/null || { busybox -s busybox.links; cp build/busybox.links "$out/links"; }
while read -r link; do [ "${link##*/}" = busybox ] || ln -sf busybox "$out/debug/${link##*/}"; done < "$out/links"
