# shows = "The first line of module_init(), without an address."
# arguments = ["--module-init", "debug_me"]
# does-not-say = ["Source file is more recent"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "debug_me_init")
equal(line(), marked(DEBUG_ME, "first line"))
equal(gdb.newest_frame().older().name(), "do_one_initcall")
