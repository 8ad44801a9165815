# shows = "The stack of a timer, through the interrupt that it came in, down to what was interrupted."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me; until dmesg | grep -q 'debug_me: interrupt'; do usleep 1000; done"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("interrupt")
names = callers()
equal(names[0], "debug_me_timer")
assert "call_timer_fn" in names or "expire_timers" in names or "__run_timers" in names, names
assert any(name and ("handle_softirqs" in name or "irq_exit" in name or "__do_softirq" in name) for name in names), names
equal(value("debug_me_interrupts"), 1)
