# shows = "A line of a module that is not loaded yet, whose file is named as the shell names it."
# arguments = ["kernel_modules/debug_me.c:145", "--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 1 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

sal = gdb.newest_frame().find_sal()
equal((os.path.basename(sal.symtab.filename), sal.line), ("debug_me.c", 145))
