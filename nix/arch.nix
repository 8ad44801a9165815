# How each architecture is called where it matters to a build.
{
  x86_64 = {
    # directory of the kernel's arch/, and its ARCH=
    kernel = "x86_64";
    # default target of a compressed or bare boot image, below arch/
    image = "x86/boot/bzImage";
  };
  aarch64 = {
    kernel = "arm64";
    image = "arm64/boot/Image";
  };
  arm = {
    kernel = "arm";
    image = "arm/boot/zImage";
  };
}
