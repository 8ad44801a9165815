"""Replays of machines that QEMU cannot take back."""

import gdb

COMMANDS = ("continue", "finish", "next", "nexti", "step", "stepi")


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
