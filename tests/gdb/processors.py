# shows = "Two processors are two threads of GDB."
# arguments = ["--cpus", "2"]
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
threads = gdb.selected_inferior().threads()
equal(len(threads), 2)
for thread in threads:
    thread.switch()
    assert gdb.newest_frame().pc() != 0
equal(value("nr_cpu_ids"), 2)
