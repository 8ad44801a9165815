mkdir -p "$out"
cp "$readersPath" "$out/readers.json"
