mkdir -p "$out/guest" "$out/debug"
cp -r "$source" src
cd src

# link OUTPUT SOURCE OPTIONS...: file names in DWARF are relative to the demo's root, which the debugger finds as /demo.
link() {
  local output=$1 source=$2
  shift 2
  # At a fixed address: QEMU's user mode tells GDB where a program that may lie anywhere lies, and GDB moves three of its
  # sections there, not all.
  # shellcheck disable=SC2086  # Options, each a word; the last -O counts.
  "${cross}gcc" -std=gnu11 -g -no-pie -fno-pie -Wall -Wextra -pthread "-ffile-prefix-map=$PWD=/demo" "$@" -o "$output" "$source" \
    $cflags -O0 -lm
}

for program in $programs; do
  file=${program##*/}
  name=${file%.c}
  link "$out/debug/$name" "$program"
  "${cross}strip" --strip-debug -o "$out/guest/$name" "$out/debug/$name"
  if [ -n "$native" ]; then
    # The loader's path is long enough for any path, and is overwritten when it is known where the loader lies
    # (src/debuggee/native.rs).
    mkdir -p "$out/native"
    link "$out/native/$name" "$program" "-Wl,--dynamic-linker=$(printf '/lkmc-loader%01000d' 0)" '-Wl,-rpath,$ORIGIN/lib'
  fi
done
