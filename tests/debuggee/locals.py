# shows = "Locals of every kind, in this frame and in its callers; and what `set` changes about them."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def locals_of_all_frames():
    run_to("square")
    equal("result", number("result"), 1)
    gdb.execute("up", to_string=True)
    equal("the caller", here()[0], "sum_of_squares")
    equal("i", number("i"), 0)
    equal("count", number("count"), 5)
    equal("a pointer's target", [number(f"numbers[{i}]") for i in range(5)], [1, 2, 3, 4, 5])
    gdb.execute("up", to_string=True)
    equal("its caller", here()[0], "main")
    equal("a double", float(gdb.parse_and_eval("half")), 0.5)
    equal("64 bits", number("wide"), 0x123456789ABCDEF0)
    equal("a static struct", (text("people[1].name"), number("people[1].age")), ("Grace", 85))
    equal("bit fields", (number("people[1].flags.known"), number("people[1].flags.level")), (1, 7))
    equal("an array's length", number("sizeof people / sizeof *people"), 3)
    gdb.execute("frame 0", to_string=True)
    gdb.execute("set variable result = 100")
    gdb.execute("finish", to_string=True)
    run_to("loop")
    equal("what the callee was made to return", number("sum"), 100)
    gdb.execute("set variable sum = 1")
    run_to("end")
    equal("the sum", number("total"), 55)
    equal("the status", ended(), 0)
