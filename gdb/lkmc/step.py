"""`step` into functions whose DWARF begins behind their first instructions.

GDB steps over a function when the address that a call leads to has no line, which is so on aarch64 and riscv64 (see entries.py).
This `step` goes by instructions, and through what ftrace may patch to the function's first line.
"""

import gdb

from . import entries
from .place import first_line

# A line that is longer than this is left to the user's own `until`.
LIMIT = 10_000
CALLS = ("bl", "blr", "blraa", "blraaz", "jal", "jalr")


class Step(gdb.Command):
    """Step program until it reaches a different source line. Usage: step [N]"""

    def __init__(self):
        super().__init__("step", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        for _ in range(int(gdb.parse_and_eval(argument)) if argument else 1):
            if not _step():
                break
        gdb.execute("frame")


def _step():
    """One line; False if something else has stopped the guest."""
    start, frame = gdb.selected_frame().find_sal(), gdb.selected_frame()
    for _ in range(LIMIT):
        here = gdb.selected_frame()
        name = here.architecture().disassemble(here.pc())[0]["asm"].split()[0]
        if not _instruction():
            return False
        pc = gdb.newest_frame().pc()
        if name in CALLS:
            function = entries.described(pc)
            block = gdb.block_for_pc(function)
            if block is not None and block.function is not None:
                return _run_to(first_line(pc))
            gdb.execute("finish", to_string=True)
        sal = gdb.newest_frame().find_sal()
        returned = not frame.is_valid() or gdb.newest_frame().level() == 0 and gdb.newest_frame() == frame.older()
        if returned or sal.line and sal.line != start.line and sal.pc == gdb.newest_frame().pc():
            return True
    return True


def _instruction():
    seen = []
    gdb.events.stop.connect(seen.append)
    gdb.execute("stepi", to_string=True)
    gdb.events.stop.disconnect(seen.append)
    return not any(isinstance(event, gdb.BreakpointEvent) for event in seen)


def _run_to(address):
    wanted = gdb.Breakpoint(f"*{address:#x}", internal=True, temporary=True)
    wanted.silent = True
    # Another processor may come there first.
    wanted.thread = gdb.selected_thread().num
    gdb.execute("continue", to_string=True)
    return gdb.newest_frame().pc() == address


def install():
    """In the place of GDB's own."""
    Step()
