# shows = "Signals: seen before the program sees them, kept from it, and a crash where it happens."
# demo = "userland/gdb_tests/signals.c"
# sides = ["native", "user", "guest"]
# arguments = ["--", "crash"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import *


@test
def signals():
    equal("the first signal", signal_of("continue"), "SIGUSR1")
    equal("before its handler", number("count"), 0)
    contains("who raised it", gdb.execute("backtrace", to_string=True), r"in main \(argc=2, argv=0x[0-9a-f]+\)")
    run_to("handler")
    contains("the handler's caller", gdb.execute("backtrace", to_string=True), r"<signal handler called>")
    equal("the second signal", signal_of("continue"), "SIGUSR1")
    equal("the first was handled", number("count"), 1)
    gdb.Breakpoint(f"signals.c:{marked('counted')}", temporary=True)
    equal("the second is kept from it", signal_of("signal 0"), None)
    equal("so it counts one", number("count"), 1)
    equal("the crash", signal_of("continue"), "SIGSEGV")
    equal("its place", here(), ("crash", marked("crash")))
    equal("the bad address", number("(unsigned long)address"), 8)
    gdb.execute("kill", to_string=True)
