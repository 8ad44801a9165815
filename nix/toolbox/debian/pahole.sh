# $out/bin/pahole, through its root's own loader, so that it can be called where /usr is another root's.
# Of several -j the last one counts: Kbuild may ask for many threads, and those put the types in another order each time.
"$seed/bin/busybox" mkdir -p "$out/bin"
"$seed/bin/busybox" cat > "$out/bin/pahole" << WRAPPER
#!$seed/bin/busybox sh
libraries=$root/usr/lib/x86_64-linux-gnu
exec \$libraries/ld-linux-x86-64.so.2 --library-path \$libraries $root/usr/bin/pahole "\$@" -j1
WRAPPER
"$seed/bin/busybox" chmod 755 "$out/bin/pahole"
