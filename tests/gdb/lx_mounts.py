# shows = "lx-mounts: what is mounted."
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
text = gdb.execute("lx-mounts", to_string=True)
assert "proc" in text and "/sys" in text, text
