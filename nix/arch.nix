# How each architecture is called where it matters to a build.
{
  x86_64 = {
    # directory of the kernel's arch/, and its ARCH=
    kernel = "x86_64";
    # default target of a compressed or bare boot image, below arch/
    image = "x86/boot/bzImage";
    # what unpacks the image, below arch/; null where the image is not compressed
    decompressor = "x86/boot/compressed/vmlinux";
  };
  aarch64 = {
    kernel = "arm64";
    image = "arm64/boot/Image";
    decompressor = null;
  };
  riscv64 = {
    kernel = "riscv";
    image = "riscv/boot/Image";
    decompressor = null;
  };
  arm = {
    kernel = "arm";
    image = "arm/boot/zImage";
    decompressor = "arm/boot/compressed/vmlinux";
  };
}
