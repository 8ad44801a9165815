# shows = "The kernel's first instruction, before the MMU is on, with lines; later symbols are where they belong."
# arguments = ["--early"]
# does-not-say = ["0000004 in ??"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

assert gdb.newest_frame().name() in ("startup_64", "_text", "stext", "_start"), gdb.newest_frame().name()
assert "/kernel/head" in line(), line()
here = gdb.newest_frame().pc()
assert here < upper_half(), hex(here)
stop_at("start_kernel")
assert gdb.newest_frame().pc() > upper_half()
# The symbols for the time before are gone.
places = [place.pc for place in gdb.decode_line("rest_init")[1]]
assert places and all(place > upper_half() for place in places), [hex(place) for place in places]
