# The plugin of QEMU's translator that records what is executed, for `--trace`. It runs in QEMU, so it is for the host whatever the
# guest is.
{ toolbox }:
let
  compiler = toolbox.compiler "x86_64";
in
toolbox.build {
  name = "qemu-trace";
  inherit (compiler) tools;
  script = ./qemu-trace.sh;
  env = {
    source = ../qemu;
    cross = compiler.prefix;
  };
}
