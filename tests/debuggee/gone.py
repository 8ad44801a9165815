# shows = "A process that is killed under GDB: GDB says so, and refuses what needs one."
# demo = "userland/gdb_tests/values.c"
# sides = ["native", "user", "guest"]
# calls = true

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def a_killed_process():
    run_to("main")
    gdb.execute("handle SIGKILL nostop", to_string=True)
    pid = number("(int)getpid()")
    equal("a pid", pid > 1, True)
    try:
        gdb.execute("call (int)raise(9)", to_string=True)
    except gdb.error as error:
        contains("the call", str(error), "The program being debugged|Remote connection closed|terminated")
    equal("no process", gdb.selected_inferior().pid, 0)
    refused("step", "The program is not being run")
    refused("print total + *(int *)$sp", "No registers|No symbol|Cannot access")
