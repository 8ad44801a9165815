# shows = "A watchpoint on reading."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
watch = gdb.Breakpoint("debug_me_values[2]", gdb.BP_WATCHPOINT, gdb.WP_READ)
frame = go_to(watch.number, "the read")
equal(frame.name(), "debug_me_write")
equal(value("debug_me_values[2]"), 7)
