. "$unpack"
unpack "$archive" "$out"
