# shows = "General registers, and the parts of one."
# demo = "userland/arch/x86_64/gdb_tests/integer_registers.S"
# arches = ["x86_64"]
# sides = ["native", "user", "guest"]
# arguments = ["loaded"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *

NAMES = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15".split()


@test
def integer_registers():
    for index, name in enumerate(NAMES):
        equal(name, number(f"${name}"), 0x1111111111111101 + index)
    shown = gdb.execute("info registers", to_string=True)
    contains("info registers", shown, r"r15 +0x111111111111110f")
    gdb.execute("stepi", to_string=True)
    equal("a half", number("$eax") & 0xFFFFFFFF, 0x765432FF)
    equal("a quarter", number("$ax"), 0x32FF)
    equal("a byte, which is signed", number("$al"), -1)
    gdb.execute("stepi", to_string=True)
    equal("ZF and PF", number("(unsigned int)$eflags") & 0x44, 0x44)
    if SIDE != "user":  # QEMU's stub does not say what its flags are called.
        contains("the flags by name", gdb.execute("print $eflags", to_string=True), r"PF ZF")
    equal("the status", ended(), 0)
