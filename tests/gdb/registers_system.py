# shows = "System registers: the page tables that the processor uses are those of the process."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
from lkmc import kernel
name = gdb.selected_frame().architecture().name()
arch = "x86_64" if "x86-64" in name else "aarch64" if "aarch64" in name else "arm"
register = kernel.ARCHES[arch].space
base = value(f"(unsigned long long)${register}") & kernel.ARCHES[arch].mask
assert base and base % 0x20 == 0, hex(base)
