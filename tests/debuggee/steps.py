# shows = "step, next, finish, until, advance, and where each leads."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def steps():
    run_to("main")
    gdb.execute("step", to_string=True)
    equal("step goes in", here()[0], "sum_of_squares")
    gdb.execute("tbreak square", to_string=True)
    gdb.execute("continue", to_string=True)
    equal("square", here()[0], "square")
    equal("its argument", number("number"), 1)
    finished = stop_of("finish")
    equal("the kind of stop", type(finished).__name__, "StopEvent")
    equal("the value that finish prints", number("$"), 1)
    equal("back in the caller", here()[0], "sum_of_squares")
    gdb.execute("next", to_string=True)
    equal("next stays", here(), ("sum_of_squares", marked("loop")))
    gdb.execute("next 2", to_string=True)
    gdb.execute("next", to_string=True)
    equal("next goes over a call", here(), ("sum_of_squares", marked("loop")))
    equal("which has added", number("sum"), 5)
    gdb.execute("advance main", to_string=True)
    equal("advance stops when the function returns", here()[0], "main")
    equal("all are added", number("total"), 55)
    before = number("$pc")
    gdb.execute("stepi", to_string=True)
    equal("one instruction", number("$pc") != before, True)
    equal("the status", ended(), 0)
