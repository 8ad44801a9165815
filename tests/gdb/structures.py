# shows = "Structures, arrays, and the kernel's linked lists."
# arguments = ["--demos", "debug_me"]
# command = "insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

in_module("each")
equal(value("each->x"), 1)
equal(value("sizeof(point) / sizeof(point[0])"), 3)
equal(value("point[2].y"), 30)
head = gdb.parse_and_eval("&points")
entry, xs = head["next"], []
kind = gdb.lookup_type("struct debug_me_point").pointer()
while int(entry) != int(head):
    xs.append(int(gdb.parse_and_eval(f"((struct debug_me_point *)((char *){int(entry)} - (long)&((struct debug_me_point *)0)->node))->x")))
    entry = entry["next"]
equal(xs, [1, 2, 3])
