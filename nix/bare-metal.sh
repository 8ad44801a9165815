mkdir -p "$out/share/lkmc"
cp "$kitPath" "$out/share/lkmc/bare-metal.json"
