# shows = "General registers: the program counter and the stack pointer are those of the frame."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

frame = stop_at("debug_me_add")
equal(value(f"(unsigned long)${facts().pc}"), frame.pc())
above = value(f"(unsigned long)${facts().sp}") - value(f"(unsigned long){task()}->stack")
assert 0 <= above < facts().saved[0], above
