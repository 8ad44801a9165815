# shows = "A watchpoint stops where a variable changes, and knows its old value; a condition lets the others pass."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def watchpoints():
    run_to("main")
    if SIDE == "user":
        # QEMU's user mode has no watchpoints; GDB steps and compares.
        gdb.execute("set can-use-hw-watchpoints 0")
    total = gdb.Breakpoint("total", gdb.BP_WATCHPOINT)
    kind = "watchpoint" if SIDE == "user" else "hw watchpoint"
    contains("the kind of watchpoint", gdb.execute("info watchpoints", to_string=True), rf"\b{kind} +keep y +total\b")
    for value in (1, 5, 14):
        equal("what stopped it", breakpoints_of("continue"), [total])
        equal("the new value", number("total"), value)
        equal("the function that made it", here()[0], "sum_of_squares")
    total.condition = "total > 50"
    equal("the condition", breakpoints_of("continue"), [total])
    equal("the value", number("total"), 55)
    equal("how often it was hit", total.hit_count, 4)
    total.delete()
    run_to("sort")
    age = gdb.Breakpoint("people[1].age", gdb.BP_WATCHPOINT)
    equal("the libc's stores are seen", breakpoints_of("continue"), [age])
    equal("the new second", number("people[1].age"), 72)
    equal("not by this program", "msort" in gdb.selected_frame().name() or "mem" in gdb.selected_frame().name(), True)
    age.delete()
    run_to("end")
    equal("the status", ended(), 0)
