# shows = "Two modules at once, each with its symbols; a static name that both have is found in each."
# arguments = ["--demos", "debug_me", "--demos", "kernel_modules/hello.c"]
# command = "insmod hello.ko; insmod debug_me.ko; echo 4 > /sys/kernel/debug/lkmc_debug_me"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

stop_at("debug_me_add")
names = {os.path.basename(it.filename) for it in gdb.objfiles() if it.filename.endswith(".ko")}
equal(names, {"debug_me.ko", "hello.ko"})
equal(len(gdb.lookup_static_symbols("file")) >= 1, True)
gdb.decode_line("hello_exit")
