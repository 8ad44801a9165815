# Out of the package: headers, the linker script, and the libraries for one of the many kinds of processors that it has them for.
ar p "$package" data.tar.xz | tar -xJ "./usr/lib/picolibc/$target"
tree=usr/lib/picolibc/$target
mkdir -p "$out/lib"
cp -r "$tree/include" "$out/"
cp "$tree/lib/picolibc.ld" "$tree/lib/$multilib/"*.[ao] "$out/lib/"
