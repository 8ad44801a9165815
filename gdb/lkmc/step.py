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
                return  # GDB has said what has stopped the guest.
        gdb.execute("frame")


def _step():
    """One line; False if something else has stopped the guest."""
    start, frame = gdb.selected_frame().find_sal(), gdb.selected_frame()
    for _ in range(LIMIT):
        here = gdb.selected_frame()
        name = here.architecture().disassemble(here.pc())[0]["asm"].split()[0]
        if not _go("stepi"):
            return False
        pc = gdb.newest_frame().pc()
        if name in CALLS:
            function = entries.described(pc)
            block = gdb.block_for_pc(function)
            if block is not None and block.function is not None:
                return _run_to(first_line(pc))
            if not _go("finish"):
                return False
        sal = gdb.newest_frame().find_sal()
        returned = not frame.is_valid() or gdb.newest_frame().level() == 0 and gdb.newest_frame() == frame.older()
        if returned or sal.line and sal.line != start.line and sal.pc == gdb.newest_frame().pc():
            return True
    return True


def _go(command, wanted=None):
    """Let the guest go on; False if something else stops it than the end of the command, or than the breakpoint that is wanted."""
    others = []

    def note(event):
        # Now, because a temporary breakpoint does not outlive its stop.
        own = {wanted.number} if wanted else set()
        if isinstance(event, gdb.SignalEvent) or {it.number for it in getattr(event, "breakpoints", [])} - own:
            others.append(event)

    gdb.events.stop.connect(note)
    try:
        # GDB tells of the stop all the same.
        gdb.execute(command, to_string=True)
    finally:
        gdb.events.stop.disconnect(note)
    return not others


def _run_to(address):
    wanted = gdb.Breakpoint(f"*{address:#x}", internal=True, temporary=True)
    wanted.silent = True
    # Another processor may come there first.
    wanted.thread = gdb.selected_thread().num
    try:
        return _go("continue", wanted)
    finally:
        # It is still there if the guest has stopped elsewhere.
        if wanted.is_valid():
            wanted.delete()


def install():
    """In the place of GDB's own."""
    Step()
