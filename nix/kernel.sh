# A request that Kconfig did not honour stops here, before anything is compiled. `lkmc` says why (kernel-report.nix).
lost=
while read -r line; do
  case $line in
    CONFIG_*) grep -Fxq "$line" "$config/config" || lost+=$'\n'"  $line" ;;
    \#*) symbol=${line#\# } symbol=${symbol%% *}
      ! grep -q "^$symbol=" "$config/config" || lost+=$'\n'"  $line" ;;
  esac
done < "$config/requested"
if [ -n "$lost" ]; then
  echo "Kconfig did not honour these requests; \`lkmc profile check --kconfig\` says why:$lost" >&2
  exit 1
fi

tree=$PWD/linux
mkdir "$tree"
cp "$config/config" "$tree/.config"
# The decompressor's makefile drops the debugging options; as part of the compiler's name they reach it too.
kbuild() { make -C "$source" O="$tree" ARCH="$karch" CROSS_COMPILE="$cross" CC="${cross}gcc -g" "$@"; }
kbuild olddefconfig
cmp "$config/config" "$tree/.config"
kbuild -j "$NIX_BUILD_CORES" "$(basename "$image")" modules scripts_gdb

mkdir -p "$out/build"
cp "$tree/arch/$image" "$out/"
if [ -n "$decompressor" ]; then cp "$tree/arch/$decompressor" "$out/decompressor"; fi
cp "$tree/System.map" "$config/config" "$out/"
cp "$tree/include/config/kernel.release" "$out/release"
# The kernel's own modules; busybox's modprobe needs no index that depmod would write.
kbuild modules_install INSTALL_MOD_PATH="$out" DEPMOD=true
rm -f "$out"/lib/modules/*/build

# What external modules and GDB read of the build tree; objects and dependency files stay behind.
cd "$tree"
find . \( -name '*.o' -o -name '*.a' -o -name '*.cmd' -o -name '*.order' -o -name '.tmp_*' -o -name 'vmlinux.*' \
  -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' -o -path './arch/*/boot/*' -o -path './usr/*' \) \
  ! -path './scripts/*' ! -path './tools/*' ! -name 'module-common.o' -type f -delete
find ./scripts ./tools -name '*.o' -delete 2>/dev/null || true
cp -a . "$out/build/"

# The links into the sources are absolute, and a private store is not at /nix for the GDB that reads these.
rm -r "$out/build/scripts/gdb" "$out/build/vmlinux-gdb.py"
cp -rL scripts/gdb "$out/build/scripts/"
cp -L vmlinux-gdb.py "$out/build/"
