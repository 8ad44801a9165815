# shows = "A guest that powers off under GDB stops GDB's `continue`, and can still be read."
# command = "poweroff -f; sleep 5"

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import *

switches_off()
assert "kernel_power_off" in callers(), callers()
assert "Linux" in gdb.parse_and_eval("(char *)&linux_banner").string(length=16)
# QEMU would do nothing about it, and GDB would wait for ever.
for command in ("continue", "stepi", "next"):
    try:
        gdb.execute(command)
    except gdb.error as error:
        assert "the guest has ended" in str(error), error
    else:
        raise AssertionError(f"`{command}` came back")
