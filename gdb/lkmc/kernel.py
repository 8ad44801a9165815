"""The kernel under GDB: its symbols, its connection, and what differs between architectures."""

import bisect
import os
import re

import gdb

from . import tasks
from .errors import Problem


class Arch:
    """What GDB has to know of one architecture.

    syscall: prefixes of functions that a system call enters the kernel through.
    space: register that tells one process's address space from another's, and the bits of it that count.
    twin: symbol of kernels in which a program has page tables of its own, and the bit of the register by which they differ.
    anchor: symbol whose address the processor knows, and how to ask for it.
    current: how to find the task that runs, while the kernel does; the first that this kernel has a symbol for.
    late_lines: where a function's DWARF begins behind its first instructions, the register with its return address in these.
    settings: what GDB is told before it reads symbols.
    """

    def __init__(self, syscall, space, mask, anchor, read_anchor, *current, twin=None, late_lines=None, settings=()):
        self.syscall = syscall
        self.space = space
        self.mask = mask
        self.twin = twin
        self.anchor = anchor
        self.read_anchor = read_anchor
        self.current = current
        self.late_lines = late_lines
        self.settings = settings

    def running_task(self):
        """Address of its struct task_struct."""
        *others, last = self.current
        for expression in others:
            try:
                return int(gdb.parse_and_eval(expression))
            except gdb.error as error:
                if not str(error).startswith("No symbol"):
                    raise
                # Another kernel's.
        return int(gdb.parse_and_eval(last))


def _idt_handler():
    """Address of the handler of exception 0, from the interrupt descriptor table."""
    registers = gdb.execute("monitor info registers", to_string=True)
    table = int(re.search(r"IDT=\s*([0-9a-f]+)", registers).group(1), 16)
    low, high = (int.from_bytes(read(table + offset, 8), "little") for offset in (0, 8))
    return (low & 0xFFFF) | (low >> 48 << 16) | (high & 0xFFFFFFFF) << 32


def _vector_base():
    return int(gdb.parse_and_eval("(unsigned long)$VBAR"))


# Process ids from here on are none: src/dump/tasks.rs gives them to idle processors.
IDLE = 1 << 30

ARCHES = {
    "x86_64": Arch("__x64_sys_", "cr3", 0x000FFFFFFFFFF000, "asm_exc_divide_error", _idt_handler,
                   # arch/x86/include/asm/current.h, since Linux 6.2 and before.
                   "*(unsigned long *)((unsigned long)&pcpu_hot + $gs_base)",
                   "*(unsigned long *)((unsigned long)&current_task + $gs_base)",
                   # arch/x86/entry/calling.h, PTI_USER_PGTABLE_BIT
                   twin=("pti_init", 1 << 12)),
    "aarch64": Arch("__arm64_sys_", "TTBR0_EL1", 0x0000FFFFFFFFFFFE, "vectors", _vector_base,
                    # arch/arm64/include/asm/current.h
                    "(unsigned long)$SP_EL0", late_lines="x30"),
    "arm": Arch("sys_", "TTBR0_EL1", 0x0000FFFFFFFFFFFE, None, None,
                # arch/arm/include/asm/current.h
                "(unsigned long)$TPIDRURO"),
    # Privileged Architecture, "satp": the page number of the root, below the address space's number.
    "riscv64": Arch("__riscv_sys_", "satp", 0x00000FFFFFFFFFFF, None, None,
                    # arch/riscv/include/asm/current.h
                    "(unsigned long)$tp", late_lines="ra",
                    # For programs of Linux GDB steps by a breakpoint behind the instruction: not into system calls.
                    settings=("osabi none",)),
}


def read(address, length):
    """Bytes of the guest's memory, as the processor sees it now."""
    return bytes(gdb.selected_inferior().read_memory(address, length))


def name_in(task):
    """What a `struct task_struct` says that the task is called: any bytes, and a long name may be cut inside a character."""
    return task["comm"].string(errors="replace")


def _name_of_task(pid):
    """As well as a dead kernel can tell: its list of tasks may be damaged, and `make bzImage` leaves the functions that read it out."""
    if pid >= IDLE:
        return "idle"
    try:
        return name_in(gdb.parse_and_eval(f"$lx_task_by_pid({pid})"))
    except gdb.error:
        return f"PID {pid}"


class Kernel:
    """The kernel that is debugged."""

    def __init__(self, kit, order):
        self.kit = kit
        self.order = order
        self.arch = ARCHES[kit["arch"]]
        self.offset = 0
        if not os.path.exists(kit["vmlinux"]):
            raise Problem(
                "lkmc::gdb::no_symbols",
                f"{kit['vmlinux']} is gone",
                "it was collected; build it again with `lkmc profile build`",
            )
        for setting in self.arch.settings:
            gdb.execute(f"set {setting}")
        gdb.execute(f'file "{kit["vmlinux"]}"', to_string=True)

    def connect(self):
        """Attach to the stub, or open the dump; put the symbols where the kernel has chosen to be; load its own commands."""
        if self.order["state"] == "dead":
            gdb.execute(f"core-file {self.order['target']}", to_string=True)
            self._relocate()
            self._kernel_commands()
            self._name_processors()
            return
        here = os.getcwd()
        os.chdir(self.order["directory"])
        try:
            gdb.execute(f"target remote {self.order['target']}", to_string=True)
        finally:
            os.chdir(here)
        if self.order["state"] == "running":
            self._relocate()
        self._kernel_commands()

    def _relocate(self):
        """Address randomisation: the processor knows where one symbol is, unless the front-end does."""
        if self.order["slide"] is not None:
            self.offset = self.order["slide"]
        elif self.arch.anchor is None:
            return
        else:
            self.offset = self.arch.read_anchor() - self.address_of(self.arch.anchor)
        if self.offset and self.address_of("__per_cpu_start") == 0:
            # x86_64 before Linux 6.15: offsets from a processor's base, which do not move. Only this command can leave them out.
            gdb.execute("symbol-file", to_string=True)
            gdb.execute(f'add-symbol-file "{self.kit["vmlinux"]}" -o {self.offset:#x} -s .data..percpu 0', to_string=True)
        elif self.offset:
            gdb.execute(f'symbol-file "{self.kit["vmlinux"]}" -o {self.offset:#x}', to_string=True)

    def _name_processors(self):
        """Threads of a dump are processors, in order; their numbers are those of their tasks. One that panicked comes first."""
        for thread in gdb.selected_inferior().threads():
            thread.name = f"CPU {thread.num - 1}: {_name_of_task(thread.ptid[1])}"
        processor = self.order["processor"]
        if processor is not None:
            gdb.execute(f"thread {processor + 1}", to_string=True)

    def _kernel_commands(self):
        """lx-dmesg, lx-ps and the others. They belong to the kernel's sources; lkmc adds none of its own there."""
        script = os.path.join(self.kit["build-tree"], "vmlinux-gdb.py")
        if os.path.exists(script):
            gdb.execute(f"source {script}")
            tasks.install(self)

    def copy_for(self, directory, file):
        """Where a file of the store is copied to for GDB, which takes it for older than all sources otherwise."""
        directory = os.path.join(self.order["directory"], directory)
        os.makedirs(directory, exist_ok=True)
        return os.path.join(directory, os.path.basename(file))

    def date(self, copy):
        """Give a copy the time at which the run began: what has been edited since is another source than it was built from."""
        began = os.stat(os.path.join(self.order["directory"], "gdb.json")).st_mtime
        os.utime(copy, (began, began))

    def address_of(self, name):
        """Address of a symbol of the kernel."""
        return int(gdb.parse_and_eval(f"(unsigned long)&{name}"))

    def current(self):
        """Address of the running task's struct task_struct; only while the kernel runs."""
        return self.arch.running_task()

    def symbols(self):
        """Names of all functions and variables of the kernel, sorted."""
        with open(self.kit["system-map"], encoding="ascii") as file:
            return sorted({line.split()[2] for line in file})

    def near(self, name, count=3):
        """Names that the user may have meant."""
        import difflib

        names = self.symbols()
        first = bisect.bisect_left(names, name)
        beginning = [other for other in names[first : first + count] if other.startswith(name)]
        # Comparing with all of a hundred thousand names would take seconds.
        same = [other for other in names if other[:2] == name[:2] and abs(len(other) - len(name)) < 4]
        return beginning or difflib.get_close_matches(name, same, count)
