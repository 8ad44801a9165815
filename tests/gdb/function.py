# shows = "A function of the kernel."
# arguments = ["vfs_read"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "vfs_read")
assert "ksys_read" in callers()
