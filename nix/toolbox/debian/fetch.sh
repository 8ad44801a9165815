# Reached only for a locked file that `lkmc lock fetch --store` has not put into the store.
# Fetches it from the user's mirrors, or says what to do. Nix compares the hash, so a wrong guess which archive a mirror has
# costs a request.
if [ -z "$LKMC_DEBIAN_MIRROR" ]; then
  echo "$path is not in the store." >&2
  echo "Run \`./lkmc lock fetch --store\`, or set LKMC_DEBIAN_MIRROR to base addresses of Debian mirrors." >&2
  exit 1
fi
for mirror in $LKMC_DEBIAN_MIRROR; do
  mirror=${mirror%/}
  # A mirror that carries `debian` mostly carries `debian-security` next to it.
  for base in "$mirror" "$mirror-security"; do
    # A shell built with FEATURE_SH_STANDALONE finds its own applets.
    busybox wget -O "$out" "$base/$path" && exit 0
  done
done
exit 1
