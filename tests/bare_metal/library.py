# shows = "A function of the libc: its argument, its caller, what it returns."
# demo = "baremetal/hello.c"
# arches = ["aarch64", "arm"]
# arguments = ["puts"]

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *


@test
def library():
    equal("the place", here()[0], "puts")
    equal("its argument", text("str"), "hello")
    equal("who calls it", gdb.selected_frame().older().name(), "main")
    gdb.execute("finish", to_string=True)
    equal("back", here()[0], "main")
    equal("nothing failed", number("$") >= 0, True)
    equal("the status", ended(), 0)
