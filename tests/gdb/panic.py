# shows = "A panic under GDB: the machine waits, with its stack."
# command = "echo c > /proc/sysrq-trigger"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("panic")
names = callers()
assert "panic" in names and any(name and "write" in name for name in names), names
gdb.execute("continue")
# The machine has been reset and waits.
assert gdb.selected_inferior().pid
