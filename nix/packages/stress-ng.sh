# Load of many kinds, each counted: processors, memory, caches, system calls. The toolbox has it ready; its dynamic loader and its
# libraries go where it looks for them.
program=$ready/usr/bin/stress-ng
libraries=$(dirname "$ready"/usr/lib/*/libc.so.6)
install -D -m 755 -t "$out/usr/bin" "$program"
loader=$(readelf --program-headers --wide "$program" | grep -o '/lib.*/ld-[^]]*')
install -D -m 755 "$libraries/${loader##*/}" "$out$loader"

needed=("$program")
for ((i = 0; i < ${#needed[@]}; i++)); do
  for name in $(readelf --dynamic --wide "${needed[i]}" | grep '(NEEDED)' | grep -o '[^[]*[.]so[^]]*'); do
    library=$out/lib/${libraries##*/}/$name
    [ ! -e "$library" ] || continue
    install -D -m 755 "$libraries/$name" "$library"
    needed+=("$library")
  done
done
