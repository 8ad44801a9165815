# shows = "The stack of a timer, through the interrupt that it came in, down to what was interrupted."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; while echo 4 > /sys/kernel/debug/lkmc_debug_me; do i=0; while [ $i -lt 500 ]; do i=$((i+1)); done; done"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

# A shell that computes is interrupted by its own timer, and now and then something else is.
gdb.Breakpoint(marked(DEBUG_ME, "interrupt"))
for _ in range(10):
    gdb.execute("continue")
    names = callers()
    if gdb.parse_and_eval(f"{task()}->comm").string() == "sh" and names[-1] is None:
        break
else:
    raise AssertionError(f"no stack of a timer goes back to the shell; the last is {names}")
equal(names[:2], ["debug_me_timer", "call_timer_fn"])
assert "irq_exit_rcu" in names or "irq_exit" in names, names
# The function that everything else was called by is the user's, of which the kernel knows nothing.
equal(names.index(None), len(names) - 1)
frame = gdb.newest_frame()
while frame.older() is not None:
    frame = frame.older()
size, counter = facts().saved
saved = f"((struct pt_regs *)((char *){task()}->stack + {size}) - 1)->{counter}"
equal(hex(frame.pc()), hex(value(saved)))
