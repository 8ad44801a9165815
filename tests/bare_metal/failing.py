# shows = "abort() by the stack that leads to it, and the status that it ends with."
# demo = "baremetal/assert_fail.c"
# arches = ["aarch64", "arm"]
# status = 134

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *


@test
def failing():
    gdb.execute("tbreak abort", to_string=True)
    gdb.execute("continue", to_string=True)
    frame, names = gdb.newest_frame(), []
    while frame is not None:
        names.append(frame.name())
        frame = frame.older()
    equal("abort", names[0], "abort")
    equal("called by main in the end", "main" in names, True)
    # gem5's stub says 0 of every end; lkmc knows better.
    equal("the status", ended(), {"qemu": 134, "gem5": 0}[SIDE])
