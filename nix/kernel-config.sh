mkdir config "$out"
KCONFIG_ALLCONFIG=$requestedPath make -s -C "$source" O="$PWD/config" ARCH="$karch" CROSS_COMPILE="$cross" allnoconfig
cp config/.config "$out/config"
cp "$requestedPath" "$out/requested"
