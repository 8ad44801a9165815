# A hunk that fits only nearly (--fuzz) may do something else than was meant.
cp -r "$source" "$out"
chmod -R u+w "$out"
number=0
for patch in $patches; do
  number=$((number + 1))
  patch -d "$out" -p1 --forward --fuzz=0 --no-backup-if-mismatch -i "$patch" || {
    echo "patch $number of kernel.patches does not fit the sources; \`lkmc profile source NAME\` says where those are" >&2
    exit 1
  }
done
