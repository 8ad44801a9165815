# shows = "Disassembly with symbols."
# arguments = ["vfs_read"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

text = gdb.execute("disassemble /s ksys_read", to_string=True)
assert "fs/read_write.c" in text and "vfs_read(" in text, text
calls = [line for line in text.splitlines() if line.endswith("<vfs_read>")]
assert calls and all("<+" in line for line in calls), text
