# Where things are on the boards that programs on bare metal run on: QEMU's `virt` (hw/arm/virt.c, base_memmap) and gem5's
# VExpress_GEM5 (src/dev/arm/RealView.py). No device tree tells such a program.
{
  qemu = {
    # first byte of memory, where the program is loaded
    memory = "0x40000000";
    # registers of the first PL011
    serial = "0x09000000";
    # whether processors but the first are off until PSCI turns them on
    psci = "1";
    # registers of the GIC: its distributor, and the processor's own interface to it
    distributor = "0x08000000";
    interface = "0x08010000";
  };
  gem5 = {
    memory = "0x80000000";
    serial = "0x1c090000";
    psci = "0";
    distributor = "0x2c001000";
    interface = "0x2c002000";
  };
}
