# shows = "Lines of the kernel's sources are to be seen."
# arguments = ["vfs_read"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

text = gdb.execute("list vfs_read", to_string=True)
assert "ssize_t vfs_read(struct file *file" in text, text
text = gdb.execute("info source", to_string=True)
