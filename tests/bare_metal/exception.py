# shows = "Into an exception's handler and back: the cause in ESR_EL1, the address behind the SVC in ELR_EL1."
# demo = "baremetal/arch/aarch64/svc.c"
# arches = ["aarch64"]

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *


@test
def exception():
    run_to("call")
    gdb.execute("tbreak handle", to_string=True)
    gdb.execute("continue", to_string=True)
    equal("the handler", here()[0], "handle")
    run_to("handling")
    equal("the class is SVC from AArch64", number("esr >> 26"), 0x15)
    equal("the number", number("esr & 0xffff"), 42)
    equal("another number", gdb.execute("set var esr = (0x15 << 26) | 43", to_string=True), "")
    gdb.execute("tbreak puts", to_string=True)
    gdb.execute("continue", to_string=True)
    equal("it goes on behind the call", gdb.selected_frame().older().name(), "main")
    equal("the status", ended(), 0)
