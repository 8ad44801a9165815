# One tree as an initramfs and as an ext4 image, the same bytes each time.
{ toolbox }:
{
  # guest architecture
  arch,
  # output of busybox.nix
  busybox,
  # output of guest.nix
  guest,
  # outputs of packages.nix
  packages,
  # package files of Debian, as the lock file of a profile has them, or null
  debs,
  # directories copied over the tree in order; relative ones are below the repository
  overlay,
  # bytes of the ext4 image
  size,
}:
let
  # Each becomes a store path of its own, so that only its content matters.
  directory = path: builtins.path { name = "overlay"; path = import ./place.nix path; };
in
toolbox.build {
  name = "rootfs-${arch}";
  tools = "image";
  script = ./rootfs.sh;
  env = {
    inherit busybox guest;
    # Makes a system of Debian's out of its packages; without any, no change to it and to what it is told makes other builds.
    debian = if debs == null then null else ./debian.sh;
    debs = if debs == null then [ ] else map toolbox.deb debs;
    # A program takes the place of busybox's of the same name, and an overlay's file that of anything.
    overlay = packages ++ map directory overlay;
    size = toString size;
  }
  // (if debs == null then { } else { inherit ((import ./arch.nix).${arch}) libraries; });
}
