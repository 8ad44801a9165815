# shows = "Registers for floating point and vectors can be read and written."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
gdb.execute(f"set {facts().part} = 4711")
equal(value(facts().part), 4711)
