# shows = "The first instruction after reset, and the way from it to main()."
# demo = "baremetal/hello.c"
# arches = ["aarch64", "arm"]
# arguments = ["lkmc_start"]

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *


@test
def reset():
    equal("the place", here()[0], "lkmc_start")
    equal("the first instruction", number("$pc"), number("(unsigned long)&lkmc_start"))
    before = number("$pc")
    gdb.execute("stepi", to_string=True)
    equal("one instruction", number("$pc") - before, 4)
    if ARCH == "aarch64":
        # QEMU begins in EL1, gem5 in EL3; what follows makes it EL1.
        equal("the exception level", number("($cpsr >> 2) & 3"), {"qemu": 1, "gem5": 3}[SIDE])
        gdb.execute("tbreak at_el1", to_string=True)
        gdb.execute("continue", to_string=True)
        equal("the level from here on", number("($cpsr >> 2) & 3"), 1)
    else:
        equal("Supervisor mode", number("$cpsr & 0x1f"), 0x13)
    gdb.execute("tbreak main", to_string=True)
    gdb.execute("continue", to_string=True)
    equal("main", here()[0], "main")
    equal("the status", ended(), 0)
