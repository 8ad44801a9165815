# shows = "What unpacks the kernel, from its first instruction, before and after it has moved itself."
# arches = ["x86_64", "arm"]
# arguments = ["--early=decompressor"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

assert gdb.newest_frame().name() in ("startup_64", "start", "_start", "_text"), gdb.newest_frame().name()
frame = stop_at("extract_kernel" if "x86-64" in gdb.selected_frame().architecture().name() else "decompress_kernel")
assert "boot/compressed/misc.c" in line(), line()
