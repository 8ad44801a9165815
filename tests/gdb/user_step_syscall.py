# shows = "From a program over its system call instruction into the kernel's entry, to what serves it, and back."
# arguments = ["--user", "values"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *


def instruction():
    return gdb.newest_frame().architecture().disassemble(value("(unsigned long)$pc"))[0]


equal(gdb.newest_frame().name(), "main")
stop_at("write")
stack = value("(unsigned long)$sp")
for _ in range(64):
    if instruction()["asm"].startswith(facts().trap):
        break
    gdb.execute("stepi", to_string=True)
trap = instruction()
assert trap["asm"].startswith(facts().trap), trap
wanted = value(f"${facts().length}")
assert wanted > 0, wanted

gdb.execute("stepi", to_string=True)
assert gdb.newest_frame().name() in facts().entries, gdb.newest_frame().name()
frame = stop_at("vfs_write")
equal(value("count"), wanted)

behind = trap["addr"] + trap["length"]
stop_at(f"*{behind:#x}")
equal(value("(unsigned long)$pc") & ~1, behind & ~1)
equal(value(f"(long)${facts().result}"), wanted)
assert abs(value("(unsigned long)$sp") - stack) < 4096, "another stack"
gdb.execute("up")
assert gdb.selected_frame().name() is not None
