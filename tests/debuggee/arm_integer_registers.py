# shows = "General registers of 32-bit Arm, and the flags."
# demo = "userland/arch/arm/gdb_tests/integer_registers.S"
# arches = ["arm"]
# sides = ["user", "guest"]
# arguments = ["loaded"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def integer_registers():
    for index in range(13):
        equal(f"r{index}", number(f"$r{index}"), 0x11111100 + index)
    contains("info registers", gdb.execute("info registers", to_string=True), r"r12 +0x1111110c")
    gdb.execute("stepi", to_string=True)
    equal("a load", number("$r0"), 0x76543210)
    gdb.execute("stepi", to_string=True)
    equal("Z and C", number("$cpsr") >> 28 & 0xF, 0b0110)
    equal("the status", ended(), 0)
