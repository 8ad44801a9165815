mkdir "$out"
# The linker notes the object's name, which has to be the same each time.
"${cross}gcc" -c -o boot.o "$source"
# gem5's boot memory begins at 0; the address of the first instruction is where its processors begin.
"${cross}gcc" -nostdlib -static -Wl,-n,-Ttext=0x1000,--build-id=none,--fatal-warnings -o "$out/boot.elf" boot.o
