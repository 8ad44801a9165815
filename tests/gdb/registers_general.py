# shows = "General registers: the program counter and the stack pointer are those of the frame."
# arches = ["x86_64", "aarch64"]
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

frame = stop_at("debug_me_add")
pc = {"x86_64": "rip", "aarch64": "pc", "arm": "pc"}
sp = {"x86_64": "rsp", "aarch64": "sp", "arm": "sp"}
name = frame.architecture().name()
arch = "x86_64" if "x86-64" in name else "aarch64" if "aarch64" in name else "arm"
equal(value(f"(unsigned long)${pc[arch]}"), frame.pc())
stack = value(f"(unsigned long)${sp[arch]}")
assert stack >= value("(unsigned long)$lx_current().stack"), hex(stack)
