# shows = "Line by line: `next` goes over a call, `step` into it."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
gdb.execute("step")
equal(gdb.newest_frame().name(), "debug_me_sum")
in_module("sum is known")
equal(value("sum"), 10)
gdb.execute("next")
equal(gdb.newest_frame().name(), "debug_me_write")
