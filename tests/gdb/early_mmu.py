# shows = "The page tables are off at the kernel's first instruction and on in start_kernel()."
# arches = ["aarch64", "arm"]
# arguments = ["--early"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

register = "$SCTLR"
equal(value(f"(unsigned long){register}") & 1, 0)
stop_at("start_kernel")
equal(value(f"(unsigned long){register}") & 1, 1)
