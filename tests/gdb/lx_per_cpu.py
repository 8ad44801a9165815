# shows = "$lx_per_cpu(): a variable of each processor."
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
queue = gdb.parse_and_eval('$lx_per_cpu(runqueues, 0)')
equal(queue["curr"]["comm"].string(), "cat")
