# shows = "General registers of 64-bit Arm, and the lower half of one."
# demo = "userland/arch/aarch64/gdb_tests/integer_registers.S"
# arches = ["aarch64"]
# sides = ["user", "guest"]
# arguments = ["loaded"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def integer_registers():
    for index in range(29):
        equal(f"x{index}", number(f"$x{index}"), 0x1111111111111100 + index)
    contains("info registers", gdb.execute("info registers", to_string=True), r"x28 +0x111111111111111c")
    gdb.execute("stepi", to_string=True)
    equal("the lower half", number("$w0") & 0xFFFFFFFF, 0x76543210)
    gdb.execute("stepi", to_string=True)
    equal("Z and C", number("$cpsr") >> 28 & 0xF, 0b0110)
    equal("the status", ended(), 0)
