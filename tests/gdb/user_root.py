# shows = "A function of busybox, which the root file system has without its symbols."
# arguments = ["--user", "ls:ls_main"]
# command = "ls /"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "ls_main")
frame = stop_at("iterate_dir")
equal(frame.name(), "iterate_dir")
assert "__do_sys_getdents64" in callers(), callers()
