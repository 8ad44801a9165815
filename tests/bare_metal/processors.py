# shows = "Several processors: each is a thread of GDB's, and each comes to the same function."
# demo = "baremetal/multicore.c"
# arches = ["aarch64", "arm"]

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *


@test
def processors():
    stop = gdb.Breakpoint("count")
    seen = {}
    # gem5's stub knows the first processor only.
    for _ in range({"qemu": 3, "gem5": 1}[SIDE]):
        equal("what stopped it", breakpoints_of("continue"), [stop])
        seen[gdb.selected_thread().num] = number("processor")
    stop.delete()
    if SIDE == "qemu":
        equal("one number for each thread", seen, {1: 0, 2: 1, 3: 2})
    equal("the first processor", seen[1], 0)
    equal("the status", ended(), 0)
