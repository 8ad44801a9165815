# How Kbuild builds a module against a kernel, as commands that can be repeated without Kbuild's own second of shell.
{ toolbox }:
{
  # guest architecture
  arch,
  # output of kernel.nix
  kernel,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "module-recipe-${arch}";
  inherit (compiler) tools;
  script = ./module-recipe.sh;
  env = {
    inherit kernel;
    karch = (import ./arch.nix).${arch}.kernel;
    cross = compiler.prefix;
    replay = ./module-replay.sh;
  };
}
