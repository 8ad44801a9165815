# shows = "All threads: their number, their stacks, their locals and thread-local variables."
# demo = "userland/gdb_tests/threads.c"
# sides = ["native", "user", "guest"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def threads():
    run_to("together")
    all_threads = sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num)
    equal("threads", len(all_threads), 4)
    numbers, stacks = [], []
    for thread in all_threads:
        thread.switch()
        trace = gdb.execute("backtrace", to_string=True)
        stacks.append("main" if "in main ()" in trace else "work")
        while stacks[-1] == "work" and gdb.selected_frame().name() != "work":
            gdb.selected_frame().older().select()
        if stacks[-1] == "work":
            numbers.append(number("number"))
            # QEMU's user mode has no libthread_db, and GCC 12 writes no place of thread-local variables for aarch64.
            if SIDE != "user" and ARCH != "aarch64":
                equal("a thread-local variable", number("mine"), number("number") * 10)
    equal("their stacks", stacks, ["main", "work", "work", "work"])
    equal("their numbers", sorted(numbers), [1, 2, 3])
    equal("what they added up", number("sum"), 60)
    equal("the status", ended(), 0)
