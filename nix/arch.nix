# What is one value for each architecture and matters to a build. What the front-end has to know of them is in
# src/profile/arch.rs.
{
  x86_64 = {
    # directory of the kernel's arch/, and its ARCH=
    kernel = "x86_64";
    # default target of a compressed or bare boot image, below arch/
    image = "x86/boot/bzImage";
    # what unpacks the image, below arch/; null where the image is not compressed
    decompressor = "x86/boot/compressed/vmlinux";
    # of GNU's tools, and of Debian's directories of libraries
    triple = "x86_64-linux-gnu";
    # the dynamic loader, as programs name it
    loader = "/lib64/ld-linux-x86-64.so.2";
    # directories of libraries beside /lib that Debian has merged into /usr, as debootstrap does: of other word lengths
    libraries = [
      "lib32"
      "lib64"
      "libx32"
    ];
    # whether gem5 executes a program of ours before the kernel, guest/boot/ARCH.S
    gem5Boot = false;
  };
  aarch64 = {
    kernel = "arm64";
    image = "arm64/boot/Image";
    decompressor = null;
    triple = "aarch64-linux-gnu";
    loader = "/lib/ld-linux-aarch64.so.1";
    libraries = [ ];
    gem5Boot = true;
  };
  riscv64 = {
    kernel = "riscv";
    image = "riscv/boot/Image";
    decompressor = null;
    triple = "riscv64-linux-gnu";
    loader = "/lib/ld-linux-riscv64-lp64d.so.1";
    libraries = [ ];
    gem5Boot = false;
  };
  arm = {
    kernel = "arm";
    image = "arm/boot/zImage";
    decompressor = "arm/boot/compressed/vmlinux";
    triple = "arm-linux-gnueabihf";
    loader = "/lib/ld-linux-armhf.so.3";
    libraries = [ ];
    gem5Boot = true;
  };
}
