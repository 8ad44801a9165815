# shows = "A watchpoint with a condition."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me; until dmesg | grep -q 'debug_me: interrupt'; do usleep 1000; done"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
watch = gdb.Breakpoint("debug_me_interrupts", gdb.BP_WATCHPOINT, gdb.WP_WRITE)
watch.condition = "debug_me_interrupts == 1"
frame = go_to(watch.number, "the interrupt")
equal(frame.name(), "debug_me_timer")
