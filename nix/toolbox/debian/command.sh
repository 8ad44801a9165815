# $out/bin/$name: a bash file with an interpreter that exists everywhere.
"$seed/bin/busybox" mkdir -p "$out/bin"
{ echo "#!$bash/bin/bash"; "$seed/bin/busybox" cat "$script"; } > "$out/bin/$name"
"$seed/bin/busybox" chmod 755 "$out/bin/$name"
