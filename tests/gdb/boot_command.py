# shows = "From the first instruction to a command in the guest."
# arguments = ["--boot"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("start_kernel")
frame = stop_at("version_proc_show")
equal(gdb.parse_and_eval("system_state").format_string(), "SYSTEM_RUNNING")
