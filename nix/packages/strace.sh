# The system calls of a program, with their arguments.
. "$unpack"
unpack "$archive" source
mkdir build "$out"
cd build
# It brings the kernel's headers that it needs. A second personality (32-bit programs on a 64-bit kernel) wants a second compiler.
../source/configure --quiet --host="${host}" --disable-mpers --enable-bundled=yes --without-libunwind --without-libdw \
  CC="${cross}gcc" LDFLAGS=-static
make -j "$NIX_BUILD_CORES" > /dev/null
mkdir -p "$out/usr/bin"
"${cross}strip" -o "$out/usr/bin/strace" src/strace
