"""Stacks that go on behind an exception, an interrupt or a system call.

The kernel enters through assembly that has no unwind information. What was interrupted is not lost: the entry saves all
registers in a struct pt_regs, which lies on the top of its stack while it calls into C.
"""

import bisect
import re

import gdb
from gdb.unwinder import Unwinder, register_unwinder


class Entry:
    """How one architecture enters its kernel.

    names: functions that a frame of such an entry is in, as System.map calls them.
    registers: GDB's names in the order of struct pt_regs; None for a word that is no register of the interrupted code.
    flags: name and test of the word that says which mode was interrupted; what is on the stack is not always a pt_regs.
    below: bytes that may lie between the stack's top and the struct.
    """

    def __init__(self, names, width, registers, flags, is_mode, below=(0,)):
        self.names = re.compile(names)
        self.width = width
        self.registers = registers
        self.flags = registers.index(flags)
        self.is_mode = is_mode
        self.below = below


def _words(prefix, count):
    return [f"{prefix}{number}" for number in range(count)]


ENTRIES = {
    # arch/x86/include/asm/ptrace.h
    "x86_64": Entry(
        r"asm_(exc|sysvec|int80|common|spurious)_?\w*$|entry_SYSCALL_64",
        8,
        ["r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi", None,
         "rip", "cs", "eflags", "rsp"],
        "cs",
        # Segments of the kernel and of 64-bit programs.
        lambda value: value in (0x10, 0x33),
    ),
    # arch/arm64/include/asm/ptrace.h
    "aarch64": Entry(
        r"el[01][ht]_64_(sync|irq|fiq|error)$",
        8,
        _words("x", 31) + ["sp", "pc", "cpsr"],
        "cpsr",
        # EL0, and EL1 with either stack.
        lambda value: value & 0x1F in (0, 4, 5),
    ),
    # arch/arm/include/uapi/asm/ptrace.h
    "arm": Entry(
        r"__(dabt|irq|und|pabt|fiq)_(svc|usr)|(__)?ret_fast_syscall",
        4,
        _words("r", 13) + ["sp", "lr", "pc", "cpsr"],
        "cpsr",
        # User, supervisor.
        lambda value: value & 0x1F in (0x10, 0x13),
        # Of a system call the fifth and sixth argument lie below.
        (0, 8),
    ),
}


class FrameId:
    """What tells a frame from others."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Entries(Unwinder):
    """Unwinds frames of the kernel's entries."""

    def __init__(self, kernel):
        super().__init__("lkmc-entries")
        self.entry = ENTRIES[kernel.kit["arch"]]
        self.offset = kernel.offset
        self.starts, self.symbols = _text(kernel.kit["system-map"])

    def __call__(self, pending):
        pc, sp = (int(pending.read_register(name)) for name in ("pc", "sp"))
        mask = (1 << self.entry.width * 8) - 1
        if not self.entry.names.match(self._symbol((pc - self.offset) & mask)):
            return None
        for below in self.entry.below:
            words = self._words((sp + below) & mask)
            if words and self.entry.is_mode(int.from_bytes(words[self.entry.flags], "little")):
                break
        else:
            return None
        info = pending.create_unwind_info(FrameId(gdb.Value(sp), gdb.Value(pc)))
        for name, word in zip(self.entry.registers, words):
            if name is not None:
                kind = pending.read_register(name).type
                info.add_saved_register(name, gdb.Value(word[: kind.sizeof], kind))
        return info

    def _words(self, address):
        """The saved registers, or nothing if there is no memory."""
        width = self.entry.width
        try:
            saved = bytes(gdb.selected_inferior().read_memory(address, width * len(self.entry.registers)))
        except gdb.MemoryError:
            return None
        return [saved[at : at + width] for at in range(0, len(saved), width)]

    def _symbol(self, address):
        index = bisect.bisect_right(self.starts, address) - 1
        return self.symbols[index] if index >= 0 else ""


def _text(path):
    """Addresses and names of the kernel's functions, in order."""
    with open(path, encoding="ascii") as file:
        fields = (line.split() for line in file)
        functions = sorted((int(address, 16), name) for address, kind, name in fields if kind in "tT")
    return [address for address, _ in functions], [name for _, name in functions]


def install(kernel):
    """From now on stacks go on behind entries."""
    register_unwinder(None, Entries(kernel), replace=True)
    gdb.invalidate_cached_frames()
