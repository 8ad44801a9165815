# The kernel's sources with a profile's changes.
{ toolbox }:
{
  # guest architecture, whose compilers come with `patch`
  arch,
  # kernel series
  version,
  # unpacked sources
  source,
  # files in order; relative ones are below the repository
  patches,
}:
let
  # Each becomes a store path of its own, so that only its content matters.
  file = path: builtins.path { name = "patch"; path = import ./place.nix path; };
in
toolbox.build {
  name = "linux-${version}-source";
  inherit (toolbox.compiler arch) tools;
  script = ./kernel-patched.sh;
  env = {
    inherit source;
    patches = map file patches;
  };
}
