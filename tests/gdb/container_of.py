# shows = "The kernel's own $container_of()."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("each")
gdb.execute("set $node = &each->node")
equal(value('$container_of($node, "struct debug_me_point", "node")->y'), 10)
