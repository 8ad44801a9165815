# shows = "$lx_current(): the process that runs."
# command = "cat /proc/version"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("version_proc_show")
equal(gdb.parse_and_eval("$lx_current().comm").string(), "cat")
