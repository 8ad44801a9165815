# shows = "lx-lsmod: the modules."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
text = gdb.execute("lx-lsmod", to_string=True)
assert any("debug_me" in row for row in text.splitlines()), text
