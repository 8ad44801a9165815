# shows = "Registers and the program counter of 32-bit Arm are set, in a program without a libc."
# demo = "userland/arch/arm/gdb_tests/set_registers.S"
# arches = ["arm"]
# sides = ["user", "guest"]
# arguments = ["before_exit"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def set_registers():
    equal("as the program has set it", number("$r0"), 0)
    gdb.execute("set $r0 = 0x1205")
    equal("as it was set", number("$r0"), 0x1205)
    gdb.execute("set $pc = elsewhere")
    gdb.execute("stepi", to_string=True)
    equal("the instruction there", number("$r0"), 0x1207)
    equal("the status, of which 8 bits count", ended(), 7)
