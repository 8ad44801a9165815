# shows = "A guest that powers off under GDB stops GDB's `continue`, and can still be read."
# command = "poweroff -f; sleep 5"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

gdb.execute("continue")
assert "Linux" in gdb.parse_and_eval("(char *)&linux_banner").string(length=16)
