# shows = "Vector registers of 64-bit Arm, as one and as many numbers, read and written."
# demo = "userland/arch/aarch64/gdb_tests/floating_registers.S"
# arches = ["aarch64"]
# sides = ["user", "guest"]
# arguments = ["loaded"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def floating_registers():
    equal("doubles", [float(gdb.parse_and_eval(f"$v0.d.f[{index}]")) for index in range(2)], [1.5, -0.25])
    equal("words", [number(f"$v1.s.u[{index}]") for index in range(4)], [1, 2, 3, 0xFFFFFFFF])
    equal("bytes", [number(f"$v1.b.u[{index}]") for index in (0, 4, 15)], [1, 2, 0xFF])
    equal("the lower half", float(gdb.parse_and_eval("$d0.f")), 1.5)
    gdb.execute("set $v0.d.f[0] = 2.5")
    equal("the status, one more than what was set, rounded", ended(), 3)
