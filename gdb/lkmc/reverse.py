"""Ways back in a replay: those that GDB does not find by itself, and machines that QEMU cannot take back."""

import re

import gdb

COMMANDS = ("continue", "finish", "next", "nexti", "step", "stepi")


class _Finish(gdb.Command):
    """Go back to the call of the selected frame's function.

GDB itself waits for the first byte that the compiler counts to the function. On aarch64 that is two nops before its entry, which
ftrace may change (-fpatchable-function-entry=4,2 in the kernel's arch/arm64/Makefile) and nothing executes."""

    def __init__(self):
        super().__init__("reverse-finish", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        frame = gdb.selected_frame()
        caller = frame.older()
        if caller is None:
            raise gdb.GdbError('"finish" not meaningful in the outermost frame.')
        symbol = gdb.execute(f"info symbol {frame.pc():#x}", to_string=True)
        into = re.match(r"\S+ \+ (\d+) in ", symbol)
        entry = frame.pc() - (int(into[1]) if into else 0)
        print(f"Run back to call of {frame.name()}")
        if gdb.newest_frame().pc() != entry:
            # A function that calls itself is entered more than once.
            stop = gdb.Breakpoint(f"*{entry:#x}", internal=True)
            stop.silent = True
            stop.condition = f"$sp == {int(caller.read_register('sp')):#x}"
            try:
                gdb.execute("reverse-continue", to_string=True)
            finally:
                stop.delete()
        gdb.execute("reverse-stepi" if gdb.newest_frame().pc() == entry else "frame")


def install(arch):
    """For machines that can go back."""
    if arch == "aarch64":
        _Finish()


class _Refuse(gdb.Command):
    """Ends the command that it is a hook of."""

    def __init__(self, why):
        super().__init__("lkmc-refuse-to-reverse", gdb.COMMAND_OBSCURE)
        self._why = why

    def invoke(self, argument, from_tty):
        raise gdb.GdbError(self._why)


def refuse(why):
    """A way back that would never come to its end is not begun."""
    _Refuse(why)
    for command in COMMANDS:
        gdb.execute(f"define hook-reverse-{command}\nlkmc-refuse-to-reverse\nend")
