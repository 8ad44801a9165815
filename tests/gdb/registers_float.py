# shows = "Registers for floating point and vectors can be read and written."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
name = gdb.selected_frame().architecture().name()
register = "$xmm1.v4_int32[0]" if "x86-64" in name else "$v1.s.u[0]" if "aarch64" in name else "$d1.u32[0]"
gdb.execute(f"set {register} = 4711")
equal(value(register), 4711)
