# shows = "The kernel's first line of C, long before there is a process."
# arguments = ["start_kernel"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "start_kernel")
equal(gdb.parse_and_eval("system_state").format_string(), "SYSTEM_BOOTING")
frame = stop_at("rest_init")
assert "start_kernel" in callers()
equal(gdb.parse_and_eval("system_state").format_string(), "SYSTEM_BOOTING")
assert value("jiffies") != 0
