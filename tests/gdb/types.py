# shows = "Types of the kernel and of the module."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
task = gdb.lookup_type("struct task_struct")
assert {"pid", "comm", "mm"} <= {field.name for field in task.fields()}
point = gdb.lookup_type("struct debug_me_point")
equal([field.name for field in point.fields()], ["x", "y", "node"])
equal(value("(long)&((struct debug_me_point *)0)->y"), 4)
