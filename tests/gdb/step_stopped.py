# shows = "A breakpoint that comes before the end of a `step` is told, and nothing of that step is left."
# arches = ["aarch64", "riscv64"]
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *
from lkmc import entries


# Between a function's first instruction and its first line.
in_module("loop")
prologue = gdb.Breakpoint(f"*{entries.described(value('(unsigned long)&debug_me_add')):#x}")
gdb.execute("step")
equal(prologue.hit_count, 1)
equal(gdb.newest_frame().pc(), prologue.locations[0].address)
prologue.delete()
in_module("summed")
