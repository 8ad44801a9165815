# shows = "lx-dmesg: the kernel's log, which needs no console."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("sum is known")
gdb.execute("next")
text = gdb.execute("lx-dmesg", to_string=True)
assert "debug_me: init" in text and "debug_me: sum 10" in text, text[-500:]
