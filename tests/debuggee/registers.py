# shows = "Registers, general and floating-point, read and written."
# demo = "userland/gdb_tests/registers.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *

INTEGER = {"x86_64": "$r12", "aarch64": "$x20", "arm": "$r6"}
REAL = {"x86_64": "$xmm5.v2_double[0]", "aarch64": "$d5.f", "arm": "$d5.f64"}
STACK = {"x86_64": "$rsp", "aarch64": "$sp", "arm": "$sp"}
FLAGS = {"x86_64": "$eflags", "aarch64": "$cpsr", "arm": "$cpsr"}


def real():
    names = [REAL[ARCH], "$d5", "$d5.v.f64"]
    for name in names:
        try:
            return float(gdb.parse_and_eval(name))
        except (gdb.error, TypeError):
            continue
    raise Failed("no floating-point register")


@test
def registers():
    gdb.execute("tbreak *&registers_loaded", to_string=True)
    gdb.execute("continue", to_string=True)
    equal("the place", number("$pc"), number("(unsigned long)&registers_loaded"))
    equal("an integer", number(INTEGER[ARCH]), 0x1234)
    equal("a floating-point number", real(), 1.5)
    equal("the stack's pointer is in a frame of main's", number("$sp"), number(STACK[ARCH]))
    equal("flags can be read", number(f"(unsigned int){FLAGS[ARCH]}") >= 0, True)
    gdb.execute("stepi", to_string=True)
    equal("after the next instruction", number(INTEGER[ARCH]), 0x1235)
    gdb.execute(f"set {INTEGER[ARCH]} = 77")
    gdb.execute("next", to_string=True)
    equal("what the program stores", number("integer"), 77)
    equal("and of the other kind", float(gdb.parse_and_eval("real")), 1.5)
    equal("the status", ended(), 0)
