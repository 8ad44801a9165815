# shows = "From a program's main() into the kernel that it calls, and who called is the same process."
# arguments = ["--user", "sysconf"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "main")
frame = stop_at("vfs_write")
equal(frame.name(), "vfs_write")
assert "ksys_write" in callers(), callers()
