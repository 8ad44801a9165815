# shows = "Registers and the program counter of 64-bit Arm are set, in a program without a libc."
# demo = "userland/arch/aarch64/gdb_tests/set_registers.S"
# arches = ["aarch64"]
# sides = ["user", "guest"]
# arguments = ["before_exit"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def set_registers():
    equal("as the program has set it", number("$x0"), 0)
    gdb.execute("set $x0 = 0x1205")
    equal("as it was set", number("$w0"), 0x1205)
    gdb.execute("set $pc = elsewhere")
    gdb.execute("stepi", to_string=True)
    equal("the instruction there", number("$w0"), 0x1207)
    equal("the status, of which 8 bits count", ended(), 7)
