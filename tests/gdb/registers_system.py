# shows = "System registers: the page tables that the processor uses are those of the process."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

# Where the kernel maps all of its memory, and what memory that is: arch/ARCH/include/asm/page*.h and memory.h.
LINEAR = {
    "x86_64": lambda: 0xFFFF888000000000,
    "aarch64": lambda: 0xFFFFFF8000000000 - value("memstart_addr"),
    "arm": lambda: 0xC0000000 - 0x40000000,
}

in_module("begin")
equal(gdb.parse_and_eval(f"{task()}->comm").string(), "sh")
used = value(f"(unsigned long long)${architecture().space}") & architecture().mask
equal(hex(used), hex(value(f"(unsigned long){task()}->mm->pgd") - LINEAR[arch()]()))
