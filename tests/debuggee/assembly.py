# shows = "A program in assembly: its lines, its registers, and a check that is stepped over."
# demo = "userland/arch/x86_64/add.S"
# arches = ["x86_64"]
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def assembly():
    name, line = here()
    equal("the function", name, "main")
    gdb.execute("next", to_string=True)
    equal("a line is an instruction", here(), ("main", line + 1))
    gdb.execute("set $rax = 40", to_string=True)
    gdb.execute("next", to_string=True)
    equal("the sum", number("$rax"), 42)
    gdb.execute("set $rax = 3", to_string=True)
    gdb.execute("next", to_string=True)
    gdb.execute("next", to_string=True)
    equal("a check and its call are one line", here(), ("main", line + 6))
    contains("the source", gdb.execute("list", to_string=True), r"add\ttwo\(%rip\), %rax")
    equal("the status", ended(), 0)
