# As kernel-config.sh, over a whole .config: of two lines for a symbol Kconfig takes the later one.
mkdir config "$out"
cat "$given" "$requestedPath" > all
KCONFIG_ALLCONFIG=$PWD/all make -s -C "$source" O="$PWD/config" ARCH="$karch" CROSS_COMPILE="$cross" allnoconfig
cp config/.config "$out/config"
cp "$requestedPath" "$out/requested"
cp "$given" "$out/given"
