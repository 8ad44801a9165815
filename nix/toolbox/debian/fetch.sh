# Reached only for a locked file that `lkmc lock fetch --store` has not put into the store.
# Fetches it from the user's mirror, or says what to do. Nix compares the hash.
if [ -z "$LKMC_DEBIAN_MIRROR" ]; then
  echo "$path is not in the store." >&2
  echo "Run \`./lkmc lock fetch --store\`, or set LKMC_DEBIAN_MIRROR to the base address of a Debian mirror." >&2
  exit 1
fi
for mirror in $LKMC_DEBIAN_MIRROR; do
  # A shell built with FEATURE_SH_STANDALONE finds its own applets.
  busybox wget -O "$out" "$mirror/$archive/$path" && exit 0
done
exit 1
