# What turns the DWARF of a kernel and of its modules into BTF: nothing for a kernel without, so that a new pahole rebuilds only
# those that have it.
{ toolbox }:
{
  # symbol without CONFIG_ -> value as .config writes it
  config,
  # path of a whole .config below that, or null
  config-file,
}:
let
  given = if config-file == null then "" else builtins.readFile (import ./place.nix config-file);
  has = line: builtins.replaceStrings [ line ] [ "" ] given != given;
  wanted = config.DEBUG_INFO_BTF or (if has "\nCONFIG_DEBUG_INFO_BTF=y\n" then "y" else "n");
in
if wanted == "y" then
  {
    # trees with bin/, for shells
    trees = [ toolbox.pahole ];
    # for builds: as on make's command line, because the kernel's Makefile takes no PAHOLE out of the environment
    env.MAKEFLAGS = "PAHOLE=${toolbox.pahole}/bin/pahole";
  }
else
  {
    trees = [ ];
    env = { };
  }
