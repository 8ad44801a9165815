# Kbuild builds an empty module and leaves its commands in .cmd files. What differs from module to module becomes a placeholder.
# The name has a hyphen, because Kbuild writes it in two ways: as the file is called, and as the kernel calls the module.
mkdir -p "$out" src/recipe
directory=$PWD/src/recipe
cat > "$directory/lkmc-recipe.c" <<'END'
#include <linux/module.h>
static int __init lkmc_recipe_init(void)
{
	pr_info("recipe\n");
	return 0;
}
static void __exit lkmc_recipe_exit(void)
{
}
module_init(lkmc_recipe_init);
module_exit(lkmc_recipe_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("recipe");
END
echo "obj-m += lkmc-recipe.o" > "$directory/Kbuild"
make -s -C "$kernel/build" M="$directory" ARCH="$karch" CROSS_COMPILE="$cross" \
  KCFLAGS="-ffile-prefix-map=$PWD/src/=" modules

command_of() {
  sed -n -e '1s/^[a-z]*cmd_[^ ]* := *//p' "$directory/$1" |
    sed -e 's/\$\$/$/g' -e 's/\$(pound)/#/g' -e "s,$directory,@directory@,g" -e 's/lkmc-recipe/@file@/g' -e 's/lkmc_recipe/@name@/g'
}
mkdir commands
command_of .lkmc-recipe.o.cmd > commands/compile
# Where the compiler cannot list the calls for ftrace, Kbuild does so behind it, and leaves no note.
if grep -q '^CONFIG_FTRACE_MCOUNT_USE_RECORDMCOUNT=y' "$kernel/config"; then
  echo './scripts/recordmcount "@directory@/@file@.o"' >> commands/compile
fi
command_of .lkmc-recipe.mod.cmd > commands/objects
command_of .Module.symvers.cmd > commands/modpost
command_of .lkmc-recipe.mod.o.cmd > commands/compile-info
command_of .lkmc-recipe.ko.cmd > commands/link
[ ! -e "$directory/.module-common.o" ] || cp "$directory/.module-common.o" commands/module-common.o

# A recipe that does not give the same bytes is none: the demos are then built by Kbuild, as with an empty output.
mv src/recipe expected
mkdir src/recipe
cp expected/lkmc-recipe.c src/recipe/
if bash -euo pipefail "$replay" commands "$directory" lkmc-recipe.c && cmp src/recipe/lkmc-recipe.ko expected/lkmc-recipe.ko; then
  cp commands/* "$out/"
else
  echo "the recipe is not used: repeated commands do not build the same module" >&2
fi
