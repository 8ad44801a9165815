# shows = "`finish` out of a recursion, one frame at a time."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("deepest")
gdb.execute("up")
results = []
for _ in range(4):
    gdb.execute("finish")
    results.append(value("$"))
equal(results, [1, 2, 6, 24])
