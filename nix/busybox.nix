# busybox from source, static: the whole user space of the default root file system.
{ toolbox }:
{
  # guest architecture
  arch,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "busybox-${arch}";
  inherit (compiler) tools;
  script = ./busybox.sh;
  env = {
    archive = toolbox.source "busybox";
    unpack = ./unpack.sh;
    cross = compiler.prefix;
  };
}
