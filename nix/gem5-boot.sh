mkdir "$out"
# gem5's boot memory begins at 0; the address of the first instruction is where its processors begin.
"${cross}gcc" -nostdlib -static -Wl,-n,-Ttext=0x1000,--build-id=none,--fatal-warnings -o "$out/boot.elf" "$source"
