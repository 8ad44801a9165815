# shows = "A breakpoint on a function of a module that is not loaded yet: arguments, and the value that it returns."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

frame = stop_at("debug_me_add")
equal((value("a"), value("b")), (0, 1))
equal(frame.older().name(), "debug_me_sum")
gdb.execute("finish")
equal(value("$"), 1)
equal(gdb.newest_frame().name(), "debug_me_sum")
