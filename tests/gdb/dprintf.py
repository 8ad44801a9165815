# shows = "Printing without stopping."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"
# says = ["adding 0 and 1", "adding 6 and 4"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

gdb.execute('dprintf debug_me_add, "adding %d and %d\\n", a, b')
in_module("summed")
equal(value("sum"), 10)
