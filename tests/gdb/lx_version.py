# shows = "lx-version and lx-cmdline."
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
assert "Linux version 6." in gdb.execute("lx-version", to_string=True)
assert "panic=-1" in gdb.execute("lx-cmdline", to_string=True)
