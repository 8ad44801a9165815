"""A program of the guest, debugged from the kernel's side: stopped in the process that executes it, and in no other.

A breakpoint of a machine is an address, whoever's address it is. What tells processes apart is the register with the address
of their page tables.
"""

import glob
import os
import shutil

import gdb

from . import entries
from .elf import Elf
from .errors import Problem
from .onward import go_on


# When everything in a Nix store was written.
STORE_TIME = 1


class Executed(gdb.Breakpoint):
    """Where a new program is in place and about to start."""

    def __init__(self, program):
        # The last that is done for all formats of executables, before registers are set up for the program.
        super().__init__(entries.behind("finalize_exec"), internal=True)
        self.silent = True
        self.program = program

    def stop(self):
        path = gdb.selected_frame().read_var("bprm")["filename"].string()
        return path == self.program or os.path.basename(path) == os.path.basename(self.program)


class InProcess(gdb.Breakpoint):
    """A breakpoint in one address space."""

    def __init__(self, guest, location, space, temporary=False):
        super().__init__(location, temporary=temporary)
        self.guest = guest
        self.space = space

    def stop(self):
        return space(self.guest) == self.space


def space(guest):
    """Which address space the processor is in: of the kernel's side, where a program has page tables of its own."""
    arch = guest.arch
    found = int(gdb.parse_and_eval(f"(unsigned long long)${arch.space}")) & arch.mask
    if arch.twin is not None and gdb.lookup_global_symbol(arch.twin[0]) is not None:
        found &= ~arch.twin[1]
    return found


def program(guest, place):
    """To a function of a program, once it is executed."""
    file = _copied(guest, _file(guest, place["program"]))

    def go():
        executed = Executed(place["program"])
        go_on(executed.number, f"the execution of {place['program']}")
        executed.delete()
        here = space(guest)
        bias = _start_code(guest) - Elf(file).lowest_code()
        gdb.execute(f'add-symbol-file "{file}" -o {bias:#x}', to_string=True)
        guest.programs = [(file, bias, here)]
        location = _location(file, place["function"])
        go_on(InProcess(guest, location, here, temporary=True).number, place["function"])

    return go


def _copied(guest, file):
    """The file, or for one of the store, where all are of 1970, a copy that is not older than its sources."""
    if os.stat(file).st_mtime > STORE_TIME:
        return file
    copy = guest.copy_for("gdb-programs", file)
    shutil.copyfile(file, copy)
    guest.date(copy)
    return copy


def _start_code(guest):
    """Lowest address of the new program's code, as the kernel has loaded it."""
    return int(gdb.parse_and_eval(f"((struct task_struct *){guest.current():#x})->mm->start_code"))


def _location(file, function):
    """A function of this program, although the kernel may have one of the same name."""
    for symbol in gdb.lookup_static_symbols(function) + [gdb.lookup_global_symbol(function)]:
        if symbol is not None and symbol.symtab.objfile.filename == os.path.realpath(file):
            # GDB passes over the prologue.
            return f"-source {symbol.symtab.filename} -function {function}"
    value = Elf(file)
    try:
        value.symbol(function)
    except KeyError:
        raise Problem(
            "lkmc::gdb::unknown_function",
            f"{os.path.basename(file)} has no function `{function}`",
            status=2,
        ) from None
    return function


def _file(guest, name):
    """The program's file on the host, with its symbols."""
    base = os.path.basename(name)
    directories = guest.kit["program-directories"] + guest.kit["source-directories"]
    for directory in directories:
        for found in glob.iglob(os.path.join(glob.escape(directory), base)):
            if os.path.isfile(found):
                return found
    if os.path.isfile(name):
        return name
    own = guest.kit.get("root-programs")
    if own and os.path.isfile(os.path.join(own, base)):
        return os.path.join(own, base)
    raise Problem(
        "lkmc::gdb::unknown_program",
        f"no file `{base}` with the program's symbols is to be found",
        "name a program of a demo (--demos), of a shared directory (--share), or put one beside you with that name",
    )
