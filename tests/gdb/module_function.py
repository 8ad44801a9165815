# shows = "A function of a module that is not loaded yet."
# arguments = ["debug_me_add", "--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 1 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "debug_me_add")
