mkdir -p "$out/share/lkmc"
release=
if [ -n "$kernel" ]; then read -r release < "$kernel/release"; fi
sed "s/@release@/$release/" "$bundlePath" > "$out/share/lkmc/bundle.json"
