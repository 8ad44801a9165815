# shows = "Breakpoints with conditions, counts and commands; catching what GDB can catch."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def breakpoints():
    conditional = gdb.Breakpoint("square")
    conditional.condition = "number == 4"
    gdb.execute("continue", to_string=True)
    equal("the condition's number", number("number"), 4)
    equal("hits", conditional.hit_count, 1)
    conditional.delete()
    ignored = gdb.Breakpoint("by_age")
    ignored.ignore_count = 1
    gdb.execute("continue", to_string=True)
    equal("the second call", (here()[0], ignored.hit_count), ("by_age", 2))
    equal("two people", {text(f"((struct person *){it})->name") for it in ("left", "right")} <= {"Ada", "Grace", "Edsger"}, True)
    ignored.enabled = False
    line = gdb.Breakpoint(f"values.c:{marked('end')}")
    gdb.execute("continue", to_string=True)
    equal("a line", here(), ("main", marked("end")))
    equal("they are sorted", [text(f"people[{i}].name") for i in range(3)], ["Ada", "Edsger", "Grace"])
    line.delete()
    gdb.execute("set variable total = 1")
    equal("the status that was provoked", ended(), 3)
