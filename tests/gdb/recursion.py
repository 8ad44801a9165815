# shows = "The stack of a recursion: each frame has its own argument."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

frame = in_module("deepest").older()
seen = []
while frame.name() == "debug_me_factorial":
    seen.append(int(frame.read_var("n")))
    frame = frame.older()
equal(seen, [1, 2, 3, 4])
equal(frame.name(), "debug_me_write")
