# The report asks Kconfig's own parser, linked from the same sources, so that its answers are those of this very version.
mkdir tree "$out"
kbuild() { make -s -C "$source" O="$PWD/tree" ARCH="$karch" CROSS_COMPILE="$cross" allnoconfig; }
kbuild

kconfig=$source/scripts/kconfig
objects=$(cd tree/scripts/kconfig && ls ./*.o | grep -vE '/(conf|[mgqn]conf.*|lxdialog.*)\.o$' | sed 's|^\./|tree/scripts/kconfig/|')
defines=$(! grep -q 'const char \*filename;' "$kconfig/expr.h" || echo -DLKMC_KCONFIG_FILENAMES)
includes=(-I "$kconfig" -I tree/scripts/kconfig)
test ! -d "$source/scripts/include" || includes+=(-I "$source/scripts/include")
# shellcheck disable=SC2086 # the lists are meant to split
gcc -Wall -Werror -O1 $defines "${includes[@]}" -o report "$reportSource" $objects

# make runs it in the place of `conf`, in the environment that only the kernel's Makefile can set up.
cp report tree/scripts/kconfig/conf
if [ -e "$config/given" ]; then export LKMC_GIVEN=$config/given; fi
export LKMC_CONFIG=$config/config LKMC_REQUESTED=$config/requested LKMC_REPORT=$out/report.json LKMC_SYMBOLS=$out/symbols.jsonl
kbuild
