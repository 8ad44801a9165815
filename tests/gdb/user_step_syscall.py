# shows = "From a program over its system call instruction into the kernel's entry, to what serves it, and back."
# arguments = ["--user", "values"]

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

TRAPS = ("syscall", "svc", "swi")
ENTRIES = ("entry_SYSCALL_64", "vectors", "__vectors_lma", "vector_swi")
# Registers with the result and with the length that write() is told.
RESULT = {"x86_64": ("$rax", "$rdx"), "aarch64": ("$x0", "$x2"), "arm": ("$r0", "$r2")}


def instruction():
    return gdb.newest_frame().architecture().disassemble(value("(unsigned long)$pc"))[0]


names = gdb.newest_frame().architecture().name()
arch = "x86_64" if "x86-64" in names else "aarch64" if names.startswith("aarch64") else "arm"
result, length = RESULT[arch]

equal(gdb.newest_frame().name(), "main")
stop_at("write")
stack = value("(unsigned long)$sp")
for _ in range(64):
    if instruction()["asm"].startswith(TRAPS):
        break
    gdb.execute("stepi", to_string=True)
trap = instruction()
assert trap["asm"].startswith(TRAPS), trap
wanted = value(length)
assert wanted > 0, wanted

gdb.execute("stepi", to_string=True)
assert gdb.newest_frame().name() in ENTRIES, gdb.newest_frame().name()
frame = stop_at("vfs_write")
equal(value("count"), wanted)

behind = trap["addr"] + trap["length"]
stop_at(f"*{behind:#x}")
equal(value("(unsigned long)$pc") & ~1, behind & ~1)
equal(value(f"(long){result}"), wanted)
assert abs(value("(unsigned long)$sp") - stack) < 4096, "another stack"
gdb.execute("up")
assert gdb.selected_frame().name() is not None
