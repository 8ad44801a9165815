# shows = "Variables, the linker's symbols, memory read and written, and who writes it."
# demo = "baremetal/linker_variables.c"
# arches = ["aarch64", "arm"]

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../debuggee"))
from check import *


@test
def memory():
    equal("main", here()[0], "main")
    flash = number("(unsigned long)&__flash")
    equal("where the board has memory", flash, {"qemu": 0x40000000, "gem5": 0x80000000}[SIDE])
    equal("main is in it", flash <= number("(unsigned long)main") < number("(unsigned long)&__text_end"), True)
    equal("an initialised variable", number("variable"), 1)
    gdb.execute("set var variable = 77")
    equal("the same, written", number("variable"), 77)
    inferior = gdb.selected_inferior()
    heap = number("(unsigned long)&__heap_start")
    inferior.write_memory(heap, b"lkmc")
    equal("memory that nobody uses", inferior.read_memory(heap, 4).tobytes(), b"lkmc")
    if SIDE == "qemu":
        # gem5's stub has no watchpoints.
        gdb.execute("watch *(char *)&__heap_start")
        equal("nobody writes there", stop_of("continue"), None)
        equal("the process is over", inferior.pid, 0)
        equal("the status", number("$_exitcode"), 0)
        return
    equal("the status", ended(), 0)
