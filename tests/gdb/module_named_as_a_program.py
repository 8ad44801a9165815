# shows = "A module that has its name in common with programs."
# arguments = ["--module-init", "hello"]
# does-not-say = ["is left out"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

equal(gdb.newest_frame().name(), "hello_init")
