# shows = "A line of the kernel's sources."
# arguments = ["version_proc_show"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

assert gdb.newest_frame().name() == "proc_version_show" or "version_proc_show" in callers(), callers()
