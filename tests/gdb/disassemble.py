# shows = "Disassembly with symbols."
# arguments = ["vfs_read"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

text = gdb.execute("x/40i vfs_read", to_string=True)
assert "<vfs_read" in text and "rw_verify_area" in text or "<vfs_read+" in text, text
