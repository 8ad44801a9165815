# shows = "Functions that GDB calls in the process: the program's own, and the libc's."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]
# calls = true

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def calls():
    run_to("main")
    equal("a function of the program", number("square(12)"), 144)
    equal("one that calls another", number("sum_of_squares(numbers, 3)"), 14)
    equal("it has really run", number("total"), 14)
    equal("one of the libc", number("(int)abs(-5)"), 5)
    equal("a string in the process", number('(unsigned long)strlen("four")'), 4)
    equal("its pid", number("(int)getpid()") > 1, True)
    equal("the program is where it was", here(), ("main", marked("main")))
    run_to("end")
    equal("the sum", number("total"), 55)
    equal("the status", ended(), 0)
