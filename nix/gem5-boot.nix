# What a machine of gem5 executes before the kernel. gem5 needs one on Arm only.
{ toolbox }:
{
  # guest architecture, aarch64 or arm
  arch,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "gem5-boot-${arch}";
  inherit (compiler) tools;
  script = ./gem5-boot.sh;
  env = {
    source = ../guest/boot + "/${arch}.S";
    cross = compiler.prefix;
  };
}
