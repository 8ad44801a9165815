"""One stop for each function.

On aarch64 and riscv64 GCC leaves instructions at a function's entry for ftrace to patch (-fpatchable-function-entry), and its
DWARF begins behind them, while the symbol stands before them. GDB takes the two for different functions of the same name, one
without lines and arguments, and stops at both.
"""

import gdb
from gdb.unwinder import Unwinder, register_unwinder

# Room for ftrace's instructions.
PATCHABLE = 16


def described(address):
    """Where DWARF begins to know the function whose first instruction is at an address; the address itself if it never does."""
    for here in range(address, address + PATCHABLE + 1, 2):
        block = gdb.block_for_pc(here)
        if block is not None and block.function is not None:
            return block.start if block.start >= address else here
    return address


def single(breakpoint_):
    """Switch off locations that are the entry of a function that another location knows better."""
    addresses = {it.address for it in breakpoint_.locations}
    for location in breakpoint_.locations:
        better = described(location.address)
        # GDB's other location may be behind the prologue.
        twin = any(better <= address <= better + 4 * PATCHABLE for address in addresses)
        if better != location.address and twin and location.enabled:
            location.enabled = False


def behind(function):
    """A place in a function of the kernel where its arguments are known, for breakpoints of our own."""
    _, found = gdb.decode_line(function)
    return f"*{max(it.pc for it in found):#x}"


def single_all():
    """The same for all; the places of pending ones are known when the symbols of a module are."""
    for breakpoint_ in gdb.breakpoints():
        if not breakpoint_.pending and len(breakpoint_.locations) > 1:
            single(breakpoint_)


class FrameId:
    """What tells a frame from others: a function's is the same in its first instructions and behind them."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Beginnings(Unwinder):
    """Unwinds the first instructions of a module's function.

    elf.pass_over_nops() has taken their symbol away, and DWARF does not know them. GDB would look for the caller in the frame that
    the frame pointer leads to, which is the caller's caller, so that `next` stopped here and `finish` went too far.
    """

    def __init__(self, link):
        super().__init__("lkmc-beginnings")
        self.link = link

    def __call__(self, pending):
        # A caller is not there: what it called last may never return, and then the next function begins at the return address.
        if pending.level() != 0:
            return None
        pc = pending.read_register("pc")
        begin = described(int(pc))
        if begin == int(pc) or not gdb.execute(f"info symbol {int(pc):#x}", to_string=True).startswith("No symbol"):
            return None
        stack = pending.read_register("sp")
        info = pending.create_unwind_info(FrameId(stack, gdb.Value(begin)))
        for register in pending.architecture().registers("general"):
            info.add_saved_register(register, pending.read_register(register))
        info.add_saved_register("pc", pending.read_register(self.link))
        return info


def unwind(link):
    """From now on these instructions have a caller."""
    register_unwinder(None, Beginnings(link), replace=True)


def install():
    """For all breakpoints to come, the user's too."""
    gdb.events.breakpoint_created.connect(lambda _: single_all())
