mkdir -p "$out/share/lkmc"
read -r release < "$kernel/release"
sed "s/@release@/$release/" "$bundlePath" > "$out/share/lkmc/bundle.json"
