"""Before the MMU is on: symbols at the addresses where code lies in memory, not where it will be seen later.

Once the kernel runs at its linked addresses, the symbols for the time before are dropped.
"""

import re

import gdb

from .elf import Elf
from .kernel import read
from .onward import go_on

# Where the boot protocol of x86 puts what follows the setup sectors, and where the 64-bit entry is in it
# (Documentation/arch/x86/boot.rst).
X86_LOADED = 0x100000
X86_ENTRY_64 = 0x200
X86_INIT_SIZE = 0x260
# Where QEMU's RISC-V board has the kernel: behind the firmware, at the next 2 MiB (hw/riscv/boot.c).
RISCV_LOADED = 0x80200000
# QEMU's boot stub of Arm is a dozen instructions at the start of memory.
STUB_STEPS = 32
STUB_SIZE = 0x1000
# Start of memory on gem5's boards, where a kernel is copied to as far from it as it was linked from its own start.
GEM5_MEMORY = 0x80000000


def kernel(guest, _place):
    """The kernel's own first instruction."""
    if guest.kit["emulator"] == "gem5":
        return _gem5_kernel(guest)
    return {"x86_64": _x86_kernel, "aarch64": _aarch64_kernel, "arm": _arm_kernel, "riscv64": _riscv_kernel}[
        guest.kit["arch"]
    ](guest)


def decompressor(guest, _place):
    """The first instruction of what unpacks the kernel."""
    return {"x86_64": _x86_decompressor, "arm": _arm_decompressor}[guest.kit["arch"]](guest)


def _stop_at(address, what):
    # A breakpoint in memory that is yet to be written would be overwritten; QEMU's are none, but KVM's are.
    go_on(gdb.Breakpoint(f"*{address:#x}", type=gdb.BP_HARDWARE_BREAKPOINT, temporary=True).number, what)


def _symbols(file, offset):
    # GDB computes in 64 bits on all architectures, and reads a negative number in as many as the target has.
    gdb.execute(f'add-symbol-file "{file}" -o {offset & 0xFFFFFFFFFFFFFFFF:#x}', to_string=True)


class _Virtual(gdb.Breakpoint):
    """The first function at linked addresses: symbols of the time before end here."""

    def __init__(self, function, address):
        super().__init__(function, internal=True)
        self.silent = True
        self.address = address

    def stop(self):
        gdb.execute(f"remove-symbol-file -a {self.address:#x}", to_string=True)
        self.enabled = False
        return False


def _shifted(guest, entry, virtual, at):
    """Symbols of the kernel where its code lies now, until `virtual` runs. `at`: where the symbol `entry` is."""
    offset = at - guest.address_of(entry)
    text = guest.address_of("_text")
    _symbols(guest.kit["vmlinux"], offset)
    _Virtual(virtual, text + offset)


def _x86_kernel(guest):
    def go():
        linked = guest.address_of("startup_64")
        # Linked at __START_KERNEL_map plus the physical address.
        at = linked - 0xFFFFFFFF80000000
        _stop_at(at, "the kernel's entry")
        _shifted(guest, "startup_64", "x86_64_start_kernel", at)
        gdb.execute("frame")

    return go


def _x86_decompressor(guest):
    def go():
        _stop_at(X86_LOADED + X86_ENTRY_64, "the decompressor's entry")
        _symbols(guest.kit["decompressor"], X86_LOADED)
        # Its first act is to move itself behind the place that the kernel will be unpacked to.
        parameters = int(gdb.parse_and_eval("(unsigned long)$rsi"))
        size = int.from_bytes(read(parameters + X86_INIT_SIZE, 4), "little")
        end = Elf(guest.kit["decompressor"]).symbol("_end")
        kernel_at = guest.address_of("_text") - 0xFFFFFFFF80000000
        _symbols(guest.kit["decompressor"], kernel_at + size - end)
        gdb.execute("frame")

    return go


def _leave_stub():
    """Step out of QEMU's boot stub; what it jumps to is the image."""
    start = int(gdb.parse_and_eval("(unsigned long)$pc"))
    for _ in range(STUB_STEPS):
        gdb.execute("with suppress-cli-notifications on -- stepi", to_string=True)
        here = int(gdb.parse_and_eval("(unsigned long)$pc"))
        if not start <= here < start + STUB_SIZE:
            return here
    raise gdb.error("QEMU's boot stub does not end")


def _aarch64_kernel(guest):
    def go():
        # The image begins with a jump to primary_entry.
        _shifted(guest, "_text", "__primary_switched", _leave_stub())
        gdb.execute("frame")

    return go


def _riscv_kernel(guest):
    def go():
        # The firmware comes first, in machine mode.
        _stop_at(RISCV_LOADED, "the kernel's entry")
        _shifted(guest, "_start", "start_kernel", RISCV_LOADED)
        gdb.execute("frame")

    return go


class _Moved(gdb.Breakpoint):
    """Where the decompressor of Arm, having copied itself out of the kernel's way, jumps to its copy (`mov pc, r0`)."""

    def __init__(self, file, image, restart, jump):
        super().__init__(f"*{jump:#x}", internal=True)
        self.silent = True
        self.file, self.image, self.restart = file, image, restart

    def stop(self):
        copied_by = int(gdb.parse_and_eval("(unsigned int)$r0")) - self.restart
        _symbols(self.file, self.image + copied_by)
        self.enabled = False
        return False


def _arm_decompressor(guest):
    def go():
        image, file = _leave_stub(), guest.kit["decompressor"]
        _symbols(file, image)
        elf = Elf(file)
        restart, end = (image + elf.symbol(name) for name in ("restart", "wont_overwrite"))
        code = gdb.selected_frame().architecture().disassemble(restart, end)
        jumps = [it["addr"] for it in code if it["asm"].split() == ["mov", "pc,", "r0"]]
        if len(jumps) == 1:
            _Moved(file, image, restart, jumps[0])
        gdb.execute("frame")

    return go


def _page_offset(guest):
    with open(guest.kit["config"], encoding="ascii") as file:
        return int(re.search(r"^CONFIG_PAGE_OFFSET=(.*)$", file.read(), re.M).group(1), 16)


def _gem5_kernel(guest):
    """gem5's boot stub is longer than one would step through, and the kernel is in memory already."""
    entry, virtual, linked = {
        "aarch64": ("_text", "__primary_switched", lambda: guest.address_of("_text")),
        "arm": ("stext", "__mmap_switched", lambda: _page_offset(guest)),
    }[guest.kit["arch"]]

    def go():
        at = GEM5_MEMORY + guest.address_of(entry) - linked()
        _stop_at(at, "the kernel's entry")
        _shifted(guest, entry, virtual, at)
        gdb.execute("frame")

    return go


def _arm_kernel(guest):
    def go():
        image = _leave_stub()
        # The kernel is unpacked to the 128 MiB that the image lies in (arch/arm/boot/compressed/head.S).
        at = (image & 0xF8000000) + guest.address_of("stext") - _page_offset(guest)
        _stop_at(at, "the kernel's entry")
        _shifted(guest, "stext", "__mmap_switched", at)
        gdb.execute("frame")

    return go
