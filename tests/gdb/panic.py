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
# The machine has been reset and waits.
equal(signal_of_continue(), "SIGQUIT")
assert "panic" in callers(), callers()
