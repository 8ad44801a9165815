# shows = "An argument that GDB changes changes the result."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("debug_me_factorial")
equal(value("n"), 4)
gdb.execute("set variable n = 3")
seen, frame = 0, in_module("deepest").older()
while frame.name() == "debug_me_factorial":
    seen, frame = seen + 1, frame.older()
equal(seen, 3)
