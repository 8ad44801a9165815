# What programs of demos run on when they are debugged, and what debugs them: a Kit (src/debuggee/kit.rs). It needs no kernel.
{ toolbox }:
{
  # guest architecture
  arch,
  # Program
  gdb,
}:
let
  names = (import ./arch.nix).${arch};
  # Debian's patches have been applied to what the package holds.
  libcSource = toolbox.build {
    name = "glibc-source";
    tools = "unpack";
    script = ./kernel-source.sh;
    env = {
      archive = toolbox.source "glibc";
      unpack = ./unpack.sh;
    };
  };
in
toolbox.build {
  name = "debuggee-${arch}";
  tools = "image";
  script = ./debuggee.sh;
  env = {
    kit = builtins.toJSON {
      inherit arch gdb;
      inherit (names) loader;
      libraries = "/lib/${names.triple}";
      root = "${toolbox.debuggee arch}";
      libc-source = "${libcSource}";
      emulator = toolbox.qemuUser arch;
    };
    passAsFile = [ "kit" ];
  };
}
