# shows = "`advance` and `until`."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("loop")
gdb.execute(f"advance {marked(DEBUG_ME, 'summed')}")
equal(line(), marked(DEBUG_ME, "summed"))
equal(value("sum"), 10)
