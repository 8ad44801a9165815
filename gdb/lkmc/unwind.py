"""Stacks that go on behind an exception, an interrupt or a system call.

The kernel enters through assembly that has no unwind information. What was interrupted is not lost: the entry saves all
registers in a struct pt_regs, which lies on the top of its stack while it calls into C. Interrupts then have a stack of their
own, and on some architectures the function that goes there has no unwind information either.

GDB takes a stack that continues at a lower address for a corrupt one. So it shows one frame behind such a switch if the stack
that was left lies lower, as that of the first processor's idle task does, and all frames of every other task.
"""

import bisect
import re

import gdb
from gdb.unwinder import Unwinder, register_unwinder


class Entry:
    """How one architecture enters its kernel.

    names: functions that a frame of such an entry is in, as System.map calls them.
    registers: GDB's names in the order of struct pt_regs; None for a word that is no register of the interrupted code.
    flags: name or index, and test, of the word that says which mode was interrupted; what is on the stack is not always a pt_regs.
    is_user: whether that mode is a program's.
    below: bytes that may lie between the stack's top and the struct.
    """

    def __init__(self, names, width, registers, flags, is_mode, is_user, below=(0,)):
        self.names = re.compile(names)
        self.width = width
        self.registers = registers
        self.flags = flags if isinstance(flags, int) else registers.index(flags)
        self.is_mode = is_mode
        self.is_user = is_user
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
        lambda value: value == 0x33,
    ),
    # arch/arm64/include/asm/ptrace.h
    "aarch64": Entry(
        r"el[01][ht]_64_(sync|irq|fiq|error)$",
        8,
        _words("x", 31) + ["sp", "pc", "cpsr"],
        "cpsr",
        # EL0, and EL1 with either stack.
        lambda value: value & 0x1F in (0, 4, 5),
        lambda value: value & 0x1F == 0,
    ),
    # arch/arm/include/uapi/asm/ptrace.h
    "arm": Entry(
        # What is called last returns to the beginning of what follows.
        r"__(dabt|irq|und|pabt|fiq)_(svc|usr)|ret_from_exception|(__)?ret_fast_syscall|slow_work_pending",
        4,
        _words("r", 13) + ["sp", "lr", "pc", "cpsr"],
        "cpsr",
        # User, supervisor.
        lambda value: value & 0x1F in (0x10, 0x13),
        lambda value: value & 0x1F == 0x10,
        # Of a system call the fifth and sixth argument lie below.
        (0, 8),
    ),
    # arch/riscv/include/asm/ptrace.h; a dump has no control registers, so the status is no register here.
    "riscv64": Entry(
        r"handle_exception|ret_from_exception",
        8,
        ["pc", "ra", "sp", "gp", "tp", *_words("t", 3), "fp", "s1", *_words("a", 8),
         *(f"s{number}" for number in range(2, 12)), *(f"t{number}" for number in range(3, 7)), None],
        32,
        # Programs of 64 bits (sstatus.UXL).
        lambda value: value >> 32 & 3 == 2,
        # sstatus.SPP.
        lambda value: not value & 0x100,
    ),
}


class Switch:
    """The function through which one architecture changes to the stack of interrupts.

    name: as System.map calls it.
    frame: register that leads back: to the caller's value of that register, which the return address follows.
    below: how far below the address in that register the two lie.
    """

    def __init__(self, name, width, frame, below=0):
        self.name = name
        self.width = width
        self.frame = frame
        self.below = below


SWITCHES = {
    # arch/arm64/kernel/entry.S
    "aarch64": Switch("call_on_irq_stack", 8, "x29"),
    # arch/arm/lib/call-with-stack.S
    "arm": Switch("call_with_stack", 4, "r11"),
    # arch/riscv/kernel/entry.S
    "riscv64": Switch("call_on_irq_stack", 8, "fp", 16),
}
# Before and after the switch both pointers are in the same stack, and the caller's frame is not as large as this.
APART = 4096


class FrameId:
    """What tells a frame from others."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Functions:
    """The kernel's functions by address."""

    def __init__(self, kernel):
        self.offset = kernel.offset
        with open(kernel.kit["system-map"], encoding="ascii") as file:
            fields = (line.split() for line in file)
            functions = sorted((int(address, 16), name) for address, kind, name in fields if kind in "tT")
        self.starts = [address for address, _ in functions]
        self.names = [name for _, name in functions]

    def name(self, pc, mask):
        """Of the function that this is in, or behind."""
        index = bisect.bisect_right(self.starts, (pc - self.offset) & mask) - 1
        return self.names[index] if index >= 0 else ""


class Entries(Unwinder):
    """Unwinds frames of the kernel's entries."""

    def __init__(self, arch, functions):
        super().__init__("lkmc-entries")
        self.entry = ENTRIES[arch]
        self.functions = functions
        # Program counters and stack pointers of programs that were left through an entry.
        self.left = set()
        gdb.events.cont.connect(lambda _: self.left.clear())

    def __call__(self, pending):
        mask = (1 << self.entry.width * 8) - 1
        pc, sp = (int(pending.read_register(name)) & mask for name in ("pc", "sp"))
        if (pc, sp) in self.left and not _is_known(pc):
            # A frame that is its own caller ends the stack. GDB would guess on, without symbols, and show what never was.
            return pending.create_unwind_info(FrameId(gdb.Value(sp), gdb.Value(pc)))
        if not self.entry.names.match(self.functions.name(pc, mask)):
            return None
        for below in self.entry.below:
            words = self._words((sp + below) & mask)
            if words and self.entry.is_mode(int.from_bytes(words[self.entry.flags], "little")):
                break
        else:
            return None
        info = pending.create_unwind_info(FrameId(gdb.Value(sp), gdb.Value(pc)))
        if self.entry.is_user(int.from_bytes(words[self.entry.flags], "little")):
            saved = dict(zip(self.entry.registers, words))
            names = ("rip", "rsp") if "rip" in saved else ("pc", "sp")
            self.left.add(tuple(int.from_bytes(saved[name], "little") for name in names))
        for name, word in zip(self.entry.registers, words):
            if name is not None:
                kind = pending.read_register(name).type
                info.add_saved_register(name, gdb.Value(word[: kind.sizeof], kind))
        return info

    def _words(self, address):
        """The saved registers, or nothing if there is no memory."""
        return _read(address, self.entry.width, len(self.entry.registers))


class Switches(Unwinder):
    """Unwinds frames of the change to another stack."""

    def __init__(self, arch, functions):
        super().__init__("lkmc-switches")
        self.switch = SWITCHES[arch]
        self.functions = functions

    def __call__(self, pending):
        width = self.switch.width
        mask = (1 << width * 8) - 1
        pc, sp, frame = (int(pending.read_register(name)) & mask for name in ("pc", "sp", self.switch.frame))
        if self.functions.name(pc, mask) != self.switch.name or abs(sp - frame) < APART:
            return None
        frame -= self.switch.below
        words = _read(frame, width, 2)
        if words is None:
            return None
        info = pending.create_unwind_info(FrameId(gdb.Value(sp), gdb.Value(pc)))
        words.append(((frame + 2 * width) & mask).to_bytes(width, "little"))
        for name, word in zip((self.switch.frame, "pc", "sp"), words):
            info.add_saved_register(name, gdb.Value(word, pending.read_register(name).type))
        return info


def _is_known(pc):
    """Whether there are symbols for an address."""
    return not gdb.execute(f"info symbol {pc:#x}", to_string=True).startswith("No symbol")


def _read(address, width, count):
    """So many words of memory, or nothing if there is none."""
    try:
        saved = bytes(gdb.selected_inferior().read_memory(address, width * count))
    except gdb.MemoryError:
        return None
    return [saved[at : at + width] for at in range(0, len(saved), width)]


def install(kernel):
    """From now on stacks go on behind entries."""
    arch, functions = kernel.kit["arch"], Functions(kernel)
    register_unwinder(None, Entries(arch, functions), replace=True)
    if arch in SWITCHES:
        register_unwinder(None, Switches(arch, functions), replace=True)
    gdb.invalidate_cached_frames()
