# shows = "Arguments are where the calling convention puts them."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("begin")
stop_at("*debug_me_add")
equal([value(f"(int)${it}") for it in facts().arguments], [0, 1])
