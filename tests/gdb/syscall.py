# shows = "The kernel's side of a system call, with its arguments."
# arguments = ["--syscall", "openat"]
# command = "exec cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

assert gdb.newest_frame().name() == "__do_sys_openat", gdb.newest_frame().name()
frame = stop_at("do_filp_open")
equal(frame.read_var("pathname")["name"].string(), "/proc/version")
