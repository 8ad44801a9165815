# The environment in which make finds pahole, which turns the DWARF of a kernel or a module into BTF. It is empty for a kernel
# without BTF, so that a new pahole rebuilds only those that have it.
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
# As on make's command line: the kernel's Makefile takes no PAHOLE out of the environment.
if wanted == "y" then { MAKEFLAGS = "PAHOLE=${toolbox.pahole}/bin/pahole"; } else { }
