. "$languages"
mkdir -p "$out/guest" "$out/debug"
cp -r "$source" src
cd src

# link OUTPUT OPTIONS...: at a fixed address, because QEMU's user mode tells GDB where a program that may lie anywhere lies, and
# GDB moves three of its sections there, not all.
link() {
  local output=$1
  shift
  # shellcheck disable=SC2086  # Options, each a word.
  "$linker" -no-pie -pthread -o "$output" ../program.o $cflags "$@"
}

for program in $programs; do
  file=${program##*/}
  name=${file%.*}
  language "$program"
  # File names in DWARF are relative to the demo's root, which the debugger finds as /demo.
  # shellcheck disable=SC2086  # Options, each a word; the last -O counts.
  $compiler -g -fno-pie -Wall -Wextra -Wno-unused-parameter -pthread "-ffile-prefix-map=$PWD=/demo" -I "$m5" -c \
    -o ../program.o "$program" $cflags -O0
  libraries=(-lm)
  # The loader's path is long enough for any path, and is overwritten when it is known where the loader lies
  # (src/debuggee/native.rs).
  loader=("-Wl,--dynamic-linker=$(printf '/lkmc-loader%01000d' 0)" '-Wl,-rpath,$ORIGIN/lib')
  # One that defines _start has none of the libc (nix/demo.sh), and so no loader.
  if "${cross}nm" --defined-only ../program.o | grep -q ' T _start$'; then
    case " $cflags " in
      *" -nostartfiles "*) ;;
      *) libraries=(-nostdlib -static -lgcc) loader=() ;;
    esac
  fi
  link "$out/debug/$name" "${libraries[@]}"
  "${cross}strip" --strip-debug -o "$out/guest/$name" "$out/debug/$name"
  if [ -n "$native" ]; then
    mkdir -p "$out/native"
    link "$out/native/$name" "${libraries[@]}" "${loader[@]}"
  fi
done
