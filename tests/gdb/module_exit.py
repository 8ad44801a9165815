# shows = "A breakpoint on module_exit() of a module that is not there yet."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; rmmod debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

frame = in_module("exit")
equal(frame.name(), "debug_me_exit")
