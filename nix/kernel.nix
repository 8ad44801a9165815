# A kernel: boot image, vmlinux with DWARF, System.map, and the tree that modules are built against.
{ toolbox }:
{
  # guest architecture
  arch,
  # kernel series
  version,
  # unpacked sources
  source,
  # output of kernel-config.nix
  config,
  # output of pahole.nix
  pahole,
}:
let
  compiler = toolbox.compiler arch;
  names = (import ./arch.nix).${arch};
in
toolbox.build {
  name = "linux-${version}-${arch}";
  inherit (compiler) tools;
  script = ./kernel.sh;
  env = pahole.env // {
    inherit source config;
    karch = names.kernel;
    cross = compiler.prefix;
    inherit (names) image;
    # An empty string where the image is not compressed.
    decompressor = toString names.decompressor;
    # kbuild stamps these into the image; they must not say who built it or when.
    KBUILD_BUILD_TIMESTAMP = "Thu Jan  1 00:00:01 UTC 1970";
    KBUILD_BUILD_USER = "lkmc";
    KBUILD_BUILD_HOST = "lkmc";
    KBUILD_BUILD_VERSION = "1";
  };
}
