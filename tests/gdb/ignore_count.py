# shows = "`ignore` lets a breakpoint pass."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

passed = gdb.Breakpoint("debug_me_add")
passed.ignore_count = 3
go_to(passed.number)
equal(value("b"), 4)
equal(passed.hit_count, 4)
