"""Ways to the place where the user wants to be. find() says at once if there is no such place; what it returns goes there."""

import glob

import gdb

from . import early, elf, entries, user
from .errors import Problem
from .onward import go_on, run_to


def find(kernel, place):
    """A function that goes there, or None if there is nowhere to go."""
    if place is None:
        return None
    return {
        "location": _location,
        "module-init": _module_init,
        "early": early.kernel,
        "decompressor": early.decompressor,
        "syscall": _syscall,
        "user": user.program,
    }[place["kind"]](kernel, place)


def _location(kernel, place):
    text = place["text"]
    try:
        resolve(kernel, text)
    except Problem:
        if not _is_in_a_module(kernel, text):
            raise

    def go():
        # In a module that is not loaded yet it is pending until then.
        run_to(text)

    return go


def _is_in_a_module(kernel, function):
    """Whether one of the modules that are put into the guest has it."""
    at_hand = [f"{glob.escape(directory)}/*.ko" for directory in kernel.kit["module-directories"]]
    files = [*kernel.kit["modules"].values(), *(file for pattern in at_hand for file in glob.iglob(pattern))]
    for file in files:
        try:
            elf.Elf(file).symbol(function)
            return True
        except (OSError, ValueError, KeyError):
            continue
    return False


def resolve(kernel, text):
    """Complain about a place that does not exist."""
    try:
        # gdb.decode_line() would do, but GDB 13 dies of an expression with an unknown name in it.
        said = gdb.execute(f"info line {text}", to_string=True)
        if "is out of range" in said:
            # Not an error to GDB, which would wait for a file with such a line to be loaded.
            raise gdb.error(said.strip())
    except gdb.error as error:
        near = kernel.near(text) if text.isidentifier() else []
        meant = f"did you mean {', '.join(f'`{name}`' for name in near)}?" if near else None
        meant = meant or "a function, FILE:LINE with the file's name below the kernel's sources, or an address"
        raise Problem(
            "lkmc::gdb::unknown_place",
            f"the kernel has no place `{text}`: {error}",
            f"{meant}; a place in a module: `--module-init MODULE`, then `-ex 'tbreak {text}' -ex continue`",
        ) from None


def _module_init(kernel, place):
    name = place["module"]

    def go():
        tracker = kernel.modules
        if name in tracker.loaded:
            raise Problem(
                "lkmc::gdb::module_loaded",
                f"module {name} is loaded already",
                "its init function has run; unload it first",
            )
        tracker.wanted = name
        go_on(tracker.loading.number, f"the loading of module {name}")
        tracker.wanted = None
        init = int(gdb.selected_frame().read_var("mod")["init"])
        if init == 0:
            raise Problem("lkmc::gdb::no_init", f"module {name} has no init function", status=1)
        run_to(f"*{first_line(init):#x}")

    return go


def first_line(function):
    """Address behind a function's prologue: that of its second line entry, as GDB's own `break` takes it."""
    function = entries.described(function)
    sal = gdb.find_pc_line(function)
    block = gdb.block_for_pc(function)
    if sal.symtab is None or block is None or block.function is None:
        return function
    lines = [entry.pc for entry in sal.symtab.linetable() if function < entry.pc < block.end]
    return min(lines, default=function)


def _syscall(kernel, place):
    name = place["name"].removeprefix("sys_")
    for function in (f"__do_sys_{name}", f"{kernel.arch.syscall}{name}", f"sys_{name}"):
        try:
            gdb.decode_line(function)
        except gdb.error:
            continue
        return lambda: run_to(function)
    prefix = kernel.arch.syscall
    near = [other.removeprefix(prefix) for other in kernel.near(prefix + name) if other.startswith(prefix)]
    meant = f"did you mean {', '.join(f'`{it}`' for it in near)}?" if near else "system calls are named as in syscalls(2)"
    raise Problem("lkmc::gdb::unknown_syscall", f"the kernel has no system call `{name}`", meant)
