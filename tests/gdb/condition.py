# shows = "A conditional breakpoint stops once."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

conditional = gdb.Breakpoint(marked(DEBUG_ME, "loop"))
conditional.condition = "i == 3"
go_to(conditional.number)
equal(value("sum"), 3)
equal(conditional.hit_count, 1)
conditional.delete()
in_module("summed")
equal(value("sum"), 10)
