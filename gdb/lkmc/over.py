"""A machine that has switched itself off or reset itself stands still for good: it can be read, and nothing makes it go on.

QEMU takes a wish to go on without doing anything, and GDB would wait for a stop that never comes, deaf to Ctrl-C.
"""

import gdb

from . import entries, firmware

RESUMING = ("continue", "step", "next", "stepi", "nexti", "finish", "until", "advance")
# Where a machine is over for us because QEMU itself ends right behind it: hw/misc/sifive_test.c calls exit().
LAST = {"riscv64": "do_kernel_power_off"}

_over = False


class PowerOff(gdb.Breakpoint):
    """The kernel's last act before the machine is gone."""

    def __init__(self, function):
        super().__init__(entries.behind(function), internal=True)
        self.silent = True

    def stop(self):
        print("lkmc: the guest switches itself off")
        return True


def _look(event, arch):
    """QEMU calls the end of the machine SIGQUIT."""
    global _over
    if isinstance(event, gdb.BreakpointEvent):
        _over = any(isinstance(it, PowerOff) for it in event.breakpoints)
    else:
        _over = isinstance(event, gdb.SignalEvent) and event.stop_signal == "SIGQUIT" and _has_ended()
        if _over and firmware.leave(arch):
            gdb.execute("frame")


def _has_ended():
    return "(shutdown)" in gdb.execute("monitor info status", to_string=True)


class Refuse(gdb.Command):
    """Ends a command that would let a guest go on that has ended."""

    NAME = "lkmc-goes-on"

    def __init__(self):
        super().__init__(self.NAME, gdb.COMMAND_RUNNING)

    def invoke(self, _argument, _from_tty):
        if _over:
            raise gdb.GdbError("the guest has ended: it can be looked at, but not go on; `quit` leaves GDB")


def install(kernel):
    """For a machine of QEMU's; gem5's stub, the kernel's own and a dump know nothing of this."""
    global _over
    if kernel.order["target"] != "gdb.sock" or kernel.kit["emulator"] != "qemu":
        return
    arch = kernel.kit["arch"]
    _over = _has_ended()
    if _over and firmware.leave(arch):
        gdb.execute("frame")
    gdb.events.stop.connect(lambda event: _look(event, arch))
    if arch in LAST:
        PowerOff(LAST[arch])
    Refuse()
    for command in RESUMING:
        gdb.execute(f"define hook-{command}\n{Refuse.NAME}\nend")
