"""What the scripts share."""

import collections
import os

import gdb
from lkmc import kernel, over

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def marked(file, name):
    """FILE:LINE of the line with the comment `gdb: NAME`."""
    with open(os.path.join(ROOT, file), encoding="utf-8") as text:
        lines = [number for number, line in enumerate(text, 1) if f"/* gdb: {name} */" in line]
    assert len(lines) == 1, f"{file} has {len(lines)} lines marked `{name}`"
    return f"{file}:{lines[0]}"


def stop_at(location, **more):
    """A temporary breakpoint, and on to it; the frame that is reached."""
    wanted = gdb.Breakpoint(location, temporary=True, **more).number
    return go_to(wanted, location)


def go_to(number, what="the breakpoint"):
    """On to a breakpoint that is there already."""
    seen = []

    def note(event):
        seen.extend(it.number for it in getattr(event, "breakpoints", []))

    gdb.events.stop.connect(note)
    gdb.execute("continue")
    gdb.events.stop.disconnect(note)
    assert number in seen, f"stopped before {what} at {gdb.selected_frame().name()}"
    return gdb.newest_frame()


def stop_of_continue():
    """Lets the guest go on until something stops it."""
    seen = []
    gdb.events.stop.connect(seen.append)
    gdb.execute("continue")
    gdb.events.stop.disconnect(seen.append)
    equal(len(seen), 1)
    return seen[0]


def signal_of_continue():
    """The same for something that is no breakpoint; GDB's name for that."""
    event = stop_of_continue()
    equal(type(event), gdb.SignalEvent)
    return event.stop_signal


def switches_off():
    """The machine's end is told by QEMU, or by a breakpoint of lkmc's where QEMU would be gone."""
    if arch() in over.LAST:
        equal([type(it) for it in stop_of_continue().breakpoints], [over.PowerOff])
        return
    # What QEMU calls a machine that has switched itself off.
    equal(signal_of_continue(), "SIGQUIT")
    status = gdb.execute("monitor info status", to_string=True)
    assert "(shutdown)" in status, status


# What the scripts know of an architecture.
#
# named: how GDB's name for it begins.
# pc, sp: program counter and stack pointer.
# arguments: registers of a function's first two.
# part: 32 bits of a register for floating point.
# trap, entries: the instruction of a system call, and what GDB calls the place that it leads to.
# result, length: registers with what write() returns, and of its third argument.
# saved: a user's registers on the kernel's stack (task_pt_regs() in arch/ARCH/include/asm/processor.h): how far behind the
#     stack's beginning they end, and which of them is the program counter.
# tables: the value for the register of page tables (kernel.py), from the address that the kernel knows their root at
#     (arch/ARCH/include/asm/page*.h and memory.h).
Arch = collections.namedtuple("Arch", "named pc sp arguments part trap entries result length saved tables")

ARCHES = {
    "x86_64": Arch(
        "i386:x86-64", "rip", "rsp", ("rdi", "rsi"), "$xmm1.v4_int32[0]",
        "syscall", ("entry_SYSCALL_64",), "rax", "rdx", (0x4000, "ip"),
        lambda root: root - 0xFFFF888000000000,
    ),
    "aarch64": Arch(
        "aarch64", "pc", "sp", ("x0", "x1"), "$v1.s.u[0]",
        "svc", ("vectors",), "x0", "x2", (0x4000, "pc"),
        lambda root: root - 0xFFFFFF8000000000 + value("memstart_addr"),
    ),
    "arm": Arch(
        "arm", "pc", "sp", ("r0", "r1"), "$d1.u32[0]",
        "svc", ("__vectors_lma", "vector_swi"), "r0", "r2", (0x2000 - 8, "uregs[15]"),
        lambda root: root - 0xC0000000 + 0x40000000,
    ),
    "riscv64": Arch(
        "riscv:rv64", "pc", "sp", ("a0", "a1"), "$ft1.float",
        "ecall", ("handle_exception",), "a0", "a2", (0x4000, "epc"),
        lambda root: root - value("kernel_map.va_pa_offset") >> 12,
    ),
}


def arch():
    """Name of the guest's architecture, as in profiles."""
    name = gdb.selected_frame().architecture().name()
    return next(arch for arch, known in ARCHES.items() if name.startswith(known.named))


def facts():
    """What the scripts know of it."""
    return ARCHES[arch()]


def architecture():
    """What lkmc knows of it."""
    return kernel.ARCHES[arch()]


def upper_half():
    """The first address of the upper half of them all, where kernels are linked to."""
    return 1 << 8 * value("sizeof(long)") - 1


def task():
    """An expression for the task that runs, while the kernel does."""
    return f"((struct task_struct *){architecture().running_task():#x})"


def value(expression):
    """An integer."""
    return int(gdb.parse_and_eval(expression))


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def callers():
    """Names of the functions on the stack, innermost first."""
    names, frame = [], gdb.newest_frame()
    while frame is not None and len(names) < 64:
        names.append(frame.name())
        frame = frame.older()
    return names


def line():
    """FILE:LINE of the selected frame."""
    sal = gdb.selected_frame().find_sal()
    return f"{sal.symtab.filename}:{sal.line}"


DEBUG_ME = "kernel_modules/debug_me.c"


def in_module(name):
    """On to a marked line of debug_me, whose module is about to be loaded."""
    return stop_at(marked(DEBUG_ME, name))
