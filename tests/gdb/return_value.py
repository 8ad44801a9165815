# shows = "`return` cuts a function short with a value of one's own."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("debug_me_points")
gdb.execute("return 99")
equal(gdb.newest_frame().name(), "debug_me_write")
in_module("end")
text = gdb.execute("lx-dmesg", to_string=True)
assert "debug_me: points 99" in text, text[-500:]
