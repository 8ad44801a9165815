# What programs on bare metal are run and debugged with: a Kit (src/bare_metal/kit.rs). It needs no kernel.
{ toolbox }:
{
  # guest architecture
  arch,
  # Program, or null for one that the user brings
  emulator,
  # Program
  gdb,
}:
toolbox.build {
  name = "bare-metal-${arch}";
  tools = "image";
  script = ./bare-metal.sh;
  env = {
    kit = builtins.toJSON {
      inherit arch emulator gdb;
    };
    passAsFile = [ "kit" ];
  };
}
