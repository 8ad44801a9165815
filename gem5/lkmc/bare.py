"""Bare metal: the same board as for Linux, and one program, which is all that runs on it.

All processors start at the program's entry point, in the highest exception level. What it says on the first serial port and what it
writes by semihosting (Arm's "Semihosting for AArch32 and AArch64") is one stream, gem5's standard output.
"""

import os
import sys

import m5
from m5.objects import ArmFsWorkload, ArmSemihosting

from . import board
from .kind import Kind
from .process import PROGRAM

# gem5's operations by address: where its boards leave room for them. For Linux setupBootLoader() does this.
OPERATIONS = 0x10010000


class BareMetal(Kind):
    """The program has the board to itself."""

    def build(self, order):
        system = board.build(order)
        system.m5ops_base = OPERATIONS
        system.terminal.outfile = "stdoutput"
        system.workload = ArmFsWorkload(object_file=order["program"])
        system.semihosting = ArmSemihosting(
            cmd_line=" ".join([PROGRAM, *order["arguments"]]),
            stdin=order["stdin"],
            stdout="stdout",
            stderr=order["stderr"],
        )
        return system

    def take_output(self, order):
        """gem5's own standard output becomes the program's: the serial port, SYS_WRITE0 and SYS_WRITEC go there. What gem5
        itself has to say there it says before the first event."""
        m5.simulate(0)
        sys.stdout.flush()
        file = os.open(order["stdout"], os.O_WRONLY | os.O_APPEND)
        os.dup2(file, 1)
        os.close(file)
        # Nor is what gem5's Python says any of the program's, as when it writes a checkpoint.
        sys.stdout = sys.stderr
