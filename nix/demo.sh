mkdir -p "$out/guest" "$out/debug"
cp -r "$source" src
chmod -R u+w src

if [ -n "$kbuildDirectory" ]; then
  directory=$PWD/src/$kbuildDirectory
  if [ -n "$modules" ]; then
    {
      for module in $modules; do echo "obj-m += ${module%.c}.o"; done
      echo "$kbuildLines"
    } > "$directory/Kbuild"
  fi
  # File names in DWARF and in warnings are relative to the demo's root, wherever that lies.
  make -s -C "$kernel/build" M="$directory" ARCH="$karch" CROSS_COMPILE="$cross" \
    KCFLAGS="-ffile-prefix-map=$PWD/src/=" -j "$NIX_BUILD_CORES" modules
  find "$directory" -name '*.ko' -exec cp {} "$out/debug/" \;
fi

for program in $programs; do
  file=${program##*/}
  # shellcheck disable=SC2086  # Options, each a word.
  "${cross}gcc" -std=gnu11 -Og -g -Wall -Wextra -static -pthread -ffile-prefix-map=src/= \
    -o "$out/debug/${file%.c}" "src/$program" $cflags -lm
done

for module in $treeModules; do cp "$kernel"/lib/modules/*/kernel/"$module" "$out/debug/"; done

for file in "$out/debug/"*; do
  [ ! -e "$file" ] || "${cross}strip" --strip-debug -o "$out/guest/${file##*/}" "$file"
done
for script in $scripts; do install -m 755 "src/$script" "$out/guest/"; done
