# What programs of demos run on when they are debugged, and what debugs them: a Kit (src/debuggee/kit.rs). It needs no kernel.
{ toolbox }:
{
  # guest architecture
  arch,
  # Program
  gdb,
}:
let
  # the dynamic loader, as programs name it, and Debian's directory of libraries
  names =
    {
      x86_64 = {
        loader = "/lib64/ld-linux-x86-64.so.2";
        libraries = "/lib/x86_64-linux-gnu";
      };
      aarch64 = {
        loader = "/lib/ld-linux-aarch64.so.1";
        libraries = "/lib/aarch64-linux-gnu";
      };
      arm = {
        loader = "/lib/ld-linux-armhf.so.3";
        libraries = "/lib/arm-linux-gnueabihf";
      };
    }
    .${arch};
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
      inherit (names) loader libraries;
      root = "${toolbox.debuggee arch}";
      libc-source = "${libcSource}";
      emulator = toolbox.qemuUser arch;
    };
    passAsFile = [ "kit" ];
  };
}
