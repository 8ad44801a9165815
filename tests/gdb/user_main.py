# shows = "A program from the kernel's side: main(), its locals, its lines, in its process only."
# arguments = ["--user", "sysconf"]
# does-not-say = ["Source file is more recent"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "main")
assert line().startswith("userland/linux/sysconf.c:"), line()
before = gdb.newest_frame().find_sal().line
gdb.execute("next")
assert gdb.newest_frame().find_sal().line > before
