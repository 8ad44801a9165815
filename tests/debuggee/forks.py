# shows = "Forks: GDB follows the child or stays with the parent."
# demo = "userland/gdb_tests/forks.c"
# # QEMU's user mode tells GDB nothing of forks.
# sides = ["native", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def forks():
    gdb.execute("set follow-fork-mode child")
    gdb.execute("set detach-on-fork off")
    gdb.Breakpoint("child_status", temporary=True)
    gdb.execute("continue", to_string=True)
    equal("in the child", here()[0], "child_status")
    child = gdb.selected_inferior()
    equal("a second inferior", (child.num, len(gdb.inferiors())), (2, 2))
    gdb.execute("continue", to_string=True)
    equal("the child's status", number("$_exitcode"), 7)
    gdb.execute("inferior 1", to_string=True)
    equal("the parent is still there", gdb.selected_inferior().pid != 0, True)
    gdb.execute("set follow-fork-mode parent")
    equal("the parent's status", ended(), 0)
