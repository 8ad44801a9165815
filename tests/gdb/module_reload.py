# shows = "Symbols go with the module and come back with it; a breakpoint is hit in the second load too."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; rmmod debug_me; insmod debug_me.ko"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

def known():
    return any("debug_me.ko" in (it.filename or "") for it in gdb.objfiles())

assert not known()
wanted = gdb.Breakpoint("debug_me_init")
first = go_to(wanted.number).pc()
assert known()
stop_at("free_module")
gdb.execute("finish")
assert not known()
go_to(wanted.number)
assert known()
