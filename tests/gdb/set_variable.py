# shows = "A variable that GDB sets changes what the kernel does."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me; until dmesg | grep -q 'debug_me: interrupt'; do usleep 1000; done"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("sum is known")
gdb.execute("set variable debug_me_values[2] = 5")
equal(value("debug_me_values[2]"), 5)
gdb.execute("set variable debug_me_interrupts = 41")
in_module("interrupt")
equal(value("debug_me_interrupts"), 42)
equal(value("debug_me_values[2]"), 7)
