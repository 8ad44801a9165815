# shows = "Into an interrupt's handler and back: who calls it, what is masked meanwhile, and that the program goes on."
# demo = "baremetal/timer_interrupt.c"
# arches = ["aarch64", "arm"]

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *

# Of CPSR, which on aarch64 is GDB's name for PSTATE.
MASKED = "$cpsr >> 7 & 1"


@test
def interrupt():
    for times in range(2):
        run_to("interrupted")
        equal("the handler", here()[0], "handle")
        caller = gdb.selected_frame().older()
        equal("its caller", caller.name(), "lkmc_interrupt")
        equal("where it came from", caller.older().name(), "lkmc_interrupt_entry")
        equal("who called that", caller.older().older(), None)
        equal("the interrupt", number("number"), 27)
        equal("how many there have been", number("interrupts"), times)
        equal("others wait", number(MASKED), 1)
    equal("the status", ended(), 0)
