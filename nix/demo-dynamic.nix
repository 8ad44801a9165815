# The programs of one demo, linked dynamically and without optimisation: as a debugger wants them.
{ toolbox }:
{
  # guest architecture
  arch,
  # of the derivation
  name,
  # directory that the sources are below
  root,
  # files that the build reads, relative to root
  sources,
  # files of C, C++ or assembly that become programs, relative to root
  programs,
  # options of the compiler for those; what it optimises it does not here
  cflags,
}:
let
  compiler = toolbox.compiler arch;
in
toolbox.build {
  name = "${name}-dynamic";
  inherit (compiler) tools;
  script = ./demo-dynamic.sh;
  env = {
    languages = ./demo-language.sh;
    source = import ./demo-source.nix { inherit root sources; };
    # m5ops.h, for programs that speak to gem5.
    m5 = builtins.path {
      name = "m5";
      path = ../guest/m5;
      filter = path: _: baseNameOf path == "m5ops.h";
    };
    inherit cflags programs;
    cross = compiler.prefix;
    # Whether the host can execute them.
    native = "${arch}-linux" == toolbox.system;
  };
}
