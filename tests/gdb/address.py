# shows = "An address."
# command = "ls -l /"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

here = value("(unsigned long)&vfs_statx")
frame = stop_at(f"*{here:#x}")
equal(frame.pc(), here)
