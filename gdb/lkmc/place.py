"""Ways to the place where the user wants to be. find() says at once if there is no such place; what it returns goes there."""

import difflib
import glob
import os
import re

import gdb

from . import early, elf, entries, modules, user
from .errors import Problem
from .onward import go_on, run_to


# The checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


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
        text = _in_a_module(kernel, text)
        if text is None:
            raise

    def go():
        # In a module that is not loaded yet it is pending until then.
        run_to(text)

    return go


def _in_a_module(kernel, text):
    """A place in one of the modules that are put into the guest, as GDB takes it once that is loaded; or None."""
    file, _, line = text.rpartition(":")
    # Modules name their sources as from the directory of these.
    name = os.path.basename(file)
    for module in _modules_at_hand(kernel):
        try:
            binary = elf.Elf(module)
            if not file:
                binary.symbol(text)
                return text
            if line.isdigit() and name.encode() + b"\0" in binary.data and _has_line(kernel, module, f"{name}:{line}"):
                return f"{name}:{line}"
        except (OSError, ValueError, KeyError):
            continue
    return None


def _modules_at_hand(kernel):
    at_hand = [f"{glob.escape(directory)}/*.ko" for directory in kernel.kit["module-directories"]]
    return [*kernel.kit["modules"].values(), *(file for pattern in at_hand for file in glob.iglob(pattern))]


def _has_line(kernel, module, text):
    """Whether GDB finds the line with a module's symbols, which are nowhere in particular yet. A file without such a line is told."""
    copy = modules.placeable(kernel, module)
    if copy is None:
        return False
    gdb.execute(f'add-symbol-file "{copy}" 0', to_string=True)
    try:
        _look_up(text)
        return True
    except gdb.error as error:
        if "out of range" not in str(error):
            return False
        raise Problem(
            "lkmc::gdb::unknown_place", f"there is no place `{text}`: {error}", f"it is looked for in {module}"
        ) from None
    finally:
        gdb.execute(f'remove-symbol-file "{os.path.realpath(copy)}"', to_string=True)


def resolve(kernel, text):
    """Complain about a place that does not exist."""
    try:
        _look_up(text)
    except gdb.error as error:
        near = kernel.near(text) if text.isidentifier() else []
        owner = _demo_with(text)
        if owner is not None:
            module = os.path.splitext(os.path.basename(owner))[0]
            raise Problem(
                "lkmc::gdb::unknown_place",
                f"the kernel has no place `{text}`",
                f"`{text}` is in {owner}: `--module-init {module}`, then `-ex 'tbreak {text}' -ex continue`",
            ) from None
        meant = _meant(near) or (
            "a function, FILE:LINE with the file's name below the kernel's sources or of what `--demos` puts into the guest, or an address"
        )
        raise Problem(
            "lkmc::gdb::unknown_place",
            f"the kernel has no place `{text}`: {error}",
            f"{meant}; a place in a module: `--module-init MODULE`, then `-ex 'tbreak {text}' -ex continue`",
        ) from None


def _demo_with(function):
    """The demo module, below the checkout, whose source defines a function; or None."""
    if not function.isidentifier():
        return None
    definition = re.compile(rf"^\w[^;=\n]*\b{function}\s*\([^;]*$", re.MULTILINE)
    for file in sorted(glob.iglob(f"{glob.escape(ROOT)}/kernel_modules/**/*.c", recursive=True)):
        with open(file, encoding="utf-8", errors="replace") as source:
            if definition.search(source.read()):
                return os.path.relpath(file, ROOT)
    return None


def _look_up(text):
    """gdb.error if GDB knows no such place."""
    # gdb.decode_line() would do, but GDB 13 dies of an expression with an unknown name in it.
    said = gdb.execute(f"info line {text}", to_string=True)
    if "is out of range" in said:
        # Not an error to GDB, which would wait for a file with such a line to be loaded.
        raise gdb.error(said.strip())


def _meant(near):
    return f"did you mean {', '.join(f'`{name}`' for name in near)}?" if near else None


def _module_init(kernel, place):
    # A file's name may have hyphens where the kernel's for the module has underscores.
    name, then = place["module"].replace("-", "_"), place["then"]

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
        if then is not None:
            _go_on_to(kernel, then)

    return go


def _go_on_to(kernel, then):
    """From the first line of a module to a place that is in it or in the kernel."""
    text = then["place"]
    try:
        _look_up(text)
    except gdb.error as error:
        near = difflib.get_close_matches(text, _functions_here(), 1) or kernel.near(text) if text.isidentifier() else []
        what = f"a function `{text}`" if text.isidentifier() else f"a place `{text}`: {error}"
        raise Problem(
            "lkmc::gdb::unknown_place",
            f"neither {then['source']} nor the kernel has {what}",
            _meant(near) or "name a function, FILE:LINE, or *ADDRESS",
        ) from None
    run_to(text)


def _functions_here():
    """Names of the functions in the file that the frame is in."""
    symtab = gdb.selected_frame().find_sal().symtab
    blocks = (symtab.global_block(), symtab.static_block()) if symtab else ()
    return [symbol.name for block in blocks for symbol in block if symbol.is_function]


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
    meant = _meant(near) or "system calls are named as in syscalls(2)"
    raise Problem("lkmc::gdb::unknown_syscall", f"the kernel has no system call `{name}`", meant)
