# Memory bandwidth: copies of a large array, by memcpy and by hand.
. "$unpack"
unpack "$archive" source
mkdir -p "$out/usr/bin"
"${cross}gcc" -O2 -static -s -o "$out/usr/bin/mbw" source/mbw.c
