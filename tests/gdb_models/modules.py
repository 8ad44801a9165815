"""Follows the modules of a model (modules.c) as if it were a guest. The module's file is in the directory."""

import os
import sys
import types

import gdb

sys.path.insert(0, os.path.join(os.environ["ROOT"], "gdb"))
from lkmc import modules

mine = os.path.abspath("mine.ko")
tracker = modules.Tracker(types.SimpleNamespace(
    kit={"modules": {"mine": mine}, "module-directories": [os.path.abspath("more")]},
    arch=types.SimpleNamespace(late_lines=False),
    address_of=lambda name: int(gdb.parse_and_eval(f"(unsigned long)&{name}")),
    copy_for=lambda _directory, file: file + ".copy",
    date=lambda _copy: None,
))
# At two stops.
tracker.sync()
tracker.sync()
