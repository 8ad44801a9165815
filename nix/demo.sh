. "$languages"
. "$commands"
mkdir -p "$out/guest" "$out/debug"
: > warnings

# Standard error is the build's log. Once the output is in the store there is no other build, so it is kept as well.
noting() { { "$@" 2>&1 >&3 | tee -a warnings >&2; } 3>&1; }

# File names in DWARF and in warnings are relative to the demo's root, wherever that lies.
options="-ffile-prefix-map=$PWD/src/="

# From sources that nothing has been built of.
make_modules() {
  rm -rf src
  cp -r "$source" src
  chmod -R u+w src
  if [ -n "$modules" ]; then
    {
      for module in $modules; do echo "obj-m += ${module%.c}.o"; done
      echo "$kbuildLines"
    } > "$directory/Kbuild"
  fi
  # Since Linux 6.13 the build directory remembers where it was built, and that place is gone: O names it.
  make -s -C "$kernel/build" O="$kernel/build" M="$directory" ARCH="$karch" CROSS_COMPILE="$cross" KCFLAGS="$options" "$@" modules
}

if [ -n "$kbuildDirectory" ]; then
  directory=$PWD/src/$kbuildDirectory
  noting make_modules -j "$NIX_BUILD_CORES"
  if [ -s warnings ] && [ "$(find "$directory" -name '*.o' ! -name '*.mod.o' | wc -l)" -gt 1 ]; then
    # Compilers side by side speak in another order each time. One after the other they do not.
    make_modules -j 1 2> warnings
  fi
  find "$directory" -name '*.ko' -exec cp {} "$out/debug/" \;
  record_modules "$directory"
else
  cp -r "$source" src
fi

for program in $programs; do
  file=${program##*/}
  language "$program"
  # Who calls main, a signal handler or a thread decides what it is given, not who writes it.
  # shellcheck disable=SC2206  # Options, each a word.
  compile=($compiler -Og -g -Wall -Wextra -Wno-unused-parameter -pthread "$options" -I "$m5" -c -o program.o "$PWD/src/$program" $cflags)
  noting "${compile[@]}"
  record "$program" "${compile[@]}"
  libraries=-lm
  # One that defines _start has none of the libc, unless it asks for that.
  if "${cross}nm" --defined-only program.o | grep -q ' T _start$'; then
    case " $cflags " in *" -nostartfiles "*) ;; *) libraries="-nostdlib -lgcc" ;; esac
  fi
  # shellcheck disable=SC2086  # Options, each a word.
  noting "$linker" -static -pthread -o "$out/debug/${file%.*}" program.o $cflags $libraries
done

for module in $treeModules; do cp "$kernel"/lib/modules/*/kernel/"$module" "$out/debug/"; done

for file in "$out/debug/"*; do
  [ ! -e "$file" ] || "${cross}strip" --strip-debug -o "$out/guest/${file##*/}" "$file"
done
for script in $scripts; do install -m 755 "src/$script" "$out/guest/"; done

keep_commands

# The same bytes wherever it is built: no directory of this build, no object with a name by chance, no kernel's place in the store.
sed -e "s|$PWD/\(src/\)\?\(\./\)*||g" -e 's|\([^ ]*/\)*program\.o: ||g' -e 's|/nix/store/[^/]*/||g' warnings > "$out/warnings"
