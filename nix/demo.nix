# One demo: its modules and programs, as pushed into the guest (guest/) and as debuggers want them (debug/), and what compilers
# said of them (warnings), how they were called (commands).
{ toolbox }:
{
  # guest architecture
  arch,
  # output of kernel.nix
  kernel,
  # output of pahole.nix
  pahole,
  # of the derivation
  name,
  # directory that the sources are below
  root,
  # files that the build reads, relative to root
  sources,
  # directory of the modules' Kbuild file, relative to root, or null if there is no module
  kbuild-directory,
  # C files in that directory that become modules; none: the directory brings its own Kbuild file
  modules,
  # lines added to the Kbuild file
  kbuild,
  # files of C, C++ or assembly that become static programs, relative to root
  programs,
  # options of the compiler for those
  cflags,
  # files that are pushed as they are, relative to root
  scripts,
  # modules of the kernel's own tree, relative to its lib/modules/*/kernel
  tree-modules,
}:
let
  compiler = toolbox.compiler arch;
  # Programs are the same for all kernels.
  needsKernel = kbuild-directory != null || tree-modules != [ ];
in
toolbox.build {
  inherit name;
  inherit (compiler) tools;
  script = ./demo.sh;
  env = (if needsKernel then pahole.env else { }) // {
    languages = ./demo-language.sh;
    commands = ./demo-commands.sh;
    source = import ./demo-source.nix { inherit root sources; };
    # m5ops.h, for programs that speak to gem5.
    m5 = builtins.path {
      name = "m5";
      path = ../guest/m5;
      filter = path: _: baseNameOf path == "m5ops.h";
    };
    kernel = if needsKernel then kernel else null;
    inherit
      cflags
      modules
      programs
      scripts
      ;
    karch = (import ./arch.nix).${arch}.kernel;
    cross = compiler.prefix;
    kbuildDirectory = kbuild-directory;
    kbuildLines = builtins.concatStringsSep "\n" kbuild;
    treeModules = tree-modules;
  };
}
