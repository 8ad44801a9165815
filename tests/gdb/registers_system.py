# shows = "System registers: the page tables that the processor uses are those of the process."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
equal(gdb.parse_and_eval(f"{task()}->comm").string(), "sh")
used = value(f"(unsigned long long)${architecture().space}") & architecture().mask
equal(hex(used), hex(facts().tables(value(f"(unsigned long){task()}->mm->pgd"))))
