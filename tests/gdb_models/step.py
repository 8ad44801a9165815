"""lkmc's `step` at the call of a function that GDB knows no lines of: it goes over it, unless something is in there that stops it."""

import os
import sys

import gdb

sys.path.insert(0, os.path.join(os.environ["ROOT"], "gdb"))
from lkmc import step

step.CALLS += ("call", "callq")
step.install()


def line():
    return gdb.selected_frame().find_sal().line


gdb.execute("tbreak main")
gdb.execute("run")
before = line()
gdb.execute("step")
assert line() == before + 1, line()
inside = gdb.Breakpoint("plain")
gdb.execute("step")
assert (gdb.selected_frame().name(), inside.hit_count) == ("plain", 1), line()
gdb.execute("kill")
print("it stopped there")
