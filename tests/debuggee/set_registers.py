# shows = "Registers and the program counter are set, in a program without a libc."
# demo = "userland/arch/x86_64/gdb_tests/set_registers.S"
# arches = ["x86_64"]
# sides = ["native", "user", "guest"]
# arguments = ["before_exit"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def set_registers():
    equal("as the program has set it", number("$edi"), 0)
    gdb.execute("set $rdi = 0x1200")
    gdb.execute("set $dil = 5")
    equal("a part", number("$rdi"), 0x1205)
    gdb.execute("set $pc = elsewhere")
    gdb.execute("stepi", to_string=True)
    equal("the instruction there", number("$edi"), 0x1207)
    equal("the status, of which 8 bits count", ended(), 7)
