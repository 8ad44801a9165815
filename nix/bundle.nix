# Joins the outputs of a profile and says where each is: the whole contract with the front-end (src/bundle.rs).
{ toolbox }:
{
  # guest architecture
  arch,
  # unpacked kernel sources
  source,
  # output of kernel.nix, or null for one that the user brings
  kernel,
  # output of rootfs.nix
  rootfs,
  # directory with the root file system's programs and their symbols, or null where nobody has those
  programs,
  # output of gem5-boot.nix, or null
  bootLoader,
  # Program, or null for one that the user brings
  emulator,
  # Program
  gdb,
  # Program that serves host directories by 9p, or null
  shareServer,
}:
let
  names = (import ./arch.nix).${arch};
  inherit (names) decompressor;
  image = baseNameOf names.image;
in
toolbox.build {
  name = "bundle-${arch}";
  tools = "image";
  script = ./bundle.sh;
  env = {
    inherit kernel;
    bundle = builtins.toJSON {
      version = 5;
      inherit arch emulator gdb;
      share-server = shareServer;
      kernel = if kernel == null then null else {
        image = "${kernel}/${image}";
        vmlinux = "${kernel}/build/vmlinux";
        decompressor = if decompressor == null then null else "${kernel}/decompressor";
        system-map = "${kernel}/System.map";
        config = "${kernel}/config";
        build-tree = "${kernel}/build";
        source = "${source}";
        # bundle.sh puts the release here: only the build knows it.
        release = "@release@";
      };
      boot-loader = if bootLoader == null then null else "${bootLoader}/boot.elf";
      rootfs = {
        initramfs = "${rootfs}/initramfs.cpio.gz";
        ext4 = "${rootfs}/rootfs.ext4";
        inherit programs;
      };
    };
    passAsFile = [ "bundle" ];
  };
}
