# Every symbol that is not requested is off, unless Kconfig's own defaults insist.
mkdir -p config "$out"
kbuild() { make -s -C "$source" O="$PWD/config" ARCH="$karch" CROSS_COMPILE="$cross" "$@"; }
KCONFIG_ALLCONFIG=$requestedPath kbuild allnoconfig
cp config/.config "$out/config"

# The report asks Kconfig's own parser, linked from the same sources, so that its answers are those of this very version.
# make then runs it in the place of `conf`, in the environment that only the kernel's Makefile can set up.
kconfig=$source/scripts/kconfig
objects=$(cd config/scripts/kconfig && ls ./*.o | grep -vE '/(conf|[mgqn]conf.*|lxdialog.*)\.o$' | sed 's|^\./|config/scripts/kconfig/|')
defines=$(test ! -e "$source/scripts/include/hashtable.h" || echo -DLKMC_KCONFIG_HASHTABLE)
includes=("-I" "$kconfig" "-I" "config/scripts/kconfig")
test ! -d "$source/scripts/include" || includes+=("-I" "$source/scripts/include")
# shellcheck disable=SC2086 # the lists are meant to split
gcc -Wall -Werror -O1 $defines "${includes[@]}" -o report "$reportSource" $objects
cp report config/scripts/kconfig/conf
export LKMC_CONFIG=$out/config LKMC_REQUESTED=$requestedPath LKMC_REPORT=$out/report.json LKMC_SYMBOLS=$PWD/symbols
kbuild allnoconfig
LC_ALL=C sort -u symbols > "$out/symbols"
