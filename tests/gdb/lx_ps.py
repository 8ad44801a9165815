# shows = "lx-ps: the processes, from the kernel's memory."
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
names = [row.split()[-1] for row in gdb.execute("lx-ps", to_string=True).splitlines()]
assert "init" in names and "kthreadd" in names and "cat" in names, names
