# shows = "Locals of a loop, each time round."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

wanted = gdb.Breakpoint(marked(DEBUG_ME, "loop"))
seen = []
for _ in range(4):
    go_to(wanted.number)
    seen.append((value("i"), value("sum")))
equal(seen, [(1, 0), (2, 1), (3, 3), (4, 6)])
