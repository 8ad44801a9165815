# shows = "`step` enters a function of the module and `up` shows who called it."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("loop")
gdb.execute("step")
equal(gdb.newest_frame().name(), "debug_me_add")
gdb.execute("up")
equal(gdb.selected_frame().name(), "debug_me_sum")
equal(value("i"), 1)
equal(value("count"), 4)
