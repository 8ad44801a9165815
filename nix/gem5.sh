# SCons writes beside the sources.
cp -r "$source" gem5
chmod -R u+w gem5
cd gem5
# SCons keeps SOURCE_DATE_EPOCH from the compiler, which would put the time of the build here.
grep -rlZ '__DATE__\|__TIME__' src | xargs -0 sed -i 's/__DATE__/"Jan  1 1970"/g; s/__TIME__/"00:00:01"/g'
printf '%s\n' "$config" > build_opts/LKMC
scons --ignore-style --no-colors -j "$NIX_BUILD_CORES" "build/LKMC/gem5.$variant"
mkdir -p "$out/bin"
# Debug information is two gigabytes; only the variant that is for debugging gem5 itself keeps it.
case $variant in
  debug) cp "build/LKMC/gem5.$variant" "$out/bin/" ;;
  *) strip -o "$out/bin/gem5.$variant" "build/LKMC/gem5.$variant" ;;
esac
