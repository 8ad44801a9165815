# shows = "A hardware watchpoint finds who overwrites a variable."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
watch = gdb.Breakpoint("debug_me_values[2]", gdb.BP_WATCHPOINT, gdb.WP_WRITE)
equal(watch.type, gdb.BP_HARDWARE_WATCHPOINT)
frame = go_to(watch.number, "the store")
equal(frame.name(), "debug_me_stray")
equal(value("debug_me_values[2]"), 7)
equal(value("debug_me_values[0]"), 0)
