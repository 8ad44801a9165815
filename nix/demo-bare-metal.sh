. "$commands"
mkdir -p "$out/guest" "$out/debug"
cp -r "$source" src
cd src
file=${program##*/}
options=(-std=gnu11 -O0 -g -Wall -Wextra -Wno-unused-parameter -ffreestanding -fno-pie -fno-stack-protector "-ffile-prefix-map=$PWD=/demo"
  "-ffile-prefix-map=$library=/demo/baremetal/lib" "-DLKMC_SERIAL=$serial" "-DLKMC_PSCI=$psci"
  "-DLKMC_GIC_DISTRIBUTOR=$distributor" "-DLKMC_GIC_INTERFACE=$interface" -isystem "$libc/include" "-I$library")
# The length of enumerations is a matter of the libc's ABI, which is not that of the compiler's Linux.
if [ "$arch" = arm ]; then options+=(-fshort-enums); fi
compile=("${cross}gcc" "${options[@]}" -c -o ../demo.o "$program")
"${compile[@]}"
record "$program" "${compile[@]}"
keep_commands

objects=(../demo.o)
link=(-nostdlib -static -no-pie -Wl,--build-id=none,--fatal-warnings,-z,noexecstack)
if "${cross}nm" --defined-only ../demo.o | grep -q ' T _start$'; then
  # One that defines _start has the processors as they come out of reset, and nothing else.
  link+=(-Wl,-n "-Wl,-Ttext=$memory")
else
  for part in "$library/"{start-"$arch".S,others.c,unexpected.c,interrupts-"$arch".S,interrupts.c}; do
    object=../$(basename "$part").o
    "${cross}gcc" "${options[@]}" -c -o "$object" "$part"
    objects+=("$object")
  done
  # The libc's linker script places code at __flash and data at __ram.
  link+=(-Wl,-e,lkmc_start "-L$libc/lib" -T picolibc.ld "-Wl,--defsym=__flash=$memory,--defsym=__flash_size=0x1000000"
    "-Wl,--defsym=__ram=$memory+0x1000000,--defsym=__ram_size=0x1000000,--defsym=__stack_size=0x10000")
  objects+=("$libc/lib/crt0-semihost.o" -Wl,--start-group -lc -lsemihost -lgcc -Wl,--end-group)
fi
if [ "$arch" = arm ]; then link+=(-Wl,--no-enum-size-warning); fi
"${cross}gcc" "${link[@]}" -o "$out/debug/${file%.*}" "${objects[@]}"
"${cross}strip" --strip-debug -o "$out/guest/${file%.*}" "$out/debug/${file%.*}"
