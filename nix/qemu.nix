# QEMU's system emulator for a guest architecture, as a Program (src/bundle.rs).
{ toolbox }:
{
  # guest architecture
  arch,
}:
toolbox.qemu arch
