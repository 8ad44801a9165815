# One demo on bare metal: a program for one board, with what it needs to start and a libc. It needs no kernel.
{ toolbox }:
{
  # guest architecture
  arch,
  # of nix/boards.nix
  board,
  # of the derivation
  name,
  # directory that the sources are below
  root,
  # files that the build reads, relative to root
  sources,
  # the file that becomes the program, relative to root
  program,
}:
let
  compiler = toolbox.compiler arch;
  place = (import ./boards.nix).${board};
in
toolbox.build {
  name = "${name}-${board}";
  inherit (compiler) tools;
  script = ./demo-bare-metal.sh;
  env = {
    commands = ./demo-commands.sh;
    source = import ./demo-source.nix { inherit root sources; };
    inherit arch program;
    inherit (place)
      memory
      serial
      psci
      distributor
      interface
      ;
    cross = compiler.prefix;
    library = ../baremetal/lib;
    libc = toolbox.picolibc arch;
  };
}
