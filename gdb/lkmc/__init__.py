"""What lkmc adds to GDB: symbols where they belong, and a way to the place that the user named.

The front-end starts GDB with one call of start(); see src/gdb/mod.rs for what it passes.
"""

import json
import os
import traceback

import gdb

from . import kernel, modules, place
from .errors import Problem

# Status of lkmc for what the user can mend.
USAGE = 2


def start(kit_path, order):
    """Load symbols, connect, and go to the place asked for. A problem ends GDB with its explanation."""
    with open(kit_path, encoding="utf-8") as file:
        kit = json.load(file)
    order = json.loads(order)
    try:
        _settings(kit)
        guest = kernel.Kernel(kit, order)
        destination = place.find(guest, order["place"])
        guest.connect()
        modules.install(guest)
        if destination is not None:
            destination()
    except Problem as problem:
        problem.show()
        _leave(order, problem.status)
    except gdb.error as error:
        print(f"lkmc: GDB: {error}")
        _leave(order, 1)
    except Exception:  # A bug of ours must not leave a guest behind.
        traceback.print_exc()
        _leave(order, 1)


def _leave(order, status):
    gdb.execute("set confirm off")
    # GDB would tell the stub to kill the guest; the guest belongs to lkmc.
    gdb.execute("disconnect" if gdb.selected_inferior().pid else "echo", to_string=True)
    gdb.execute(f"quit {status}")


def _settings(kit):
    for name, value in (
        ("confirm", "off"),
        ("pagination", "off"),
        ("width", "0"),
        ("print pretty", "on"),
        # A function that never returns, as the boot's, has no caller worth unwinding to.
        ("backtrace past-main", "on"),
        # Breakpoints in modules that are not loaded yet.
        ("breakpoint pending", "on"),
    ):
        gdb.execute(f"set {name} {value}")
    for named, physical in kit["substitutions"]:
        gdb.execute(f"set substitute-path {named} {physical}")
    for directory in kit["source-directories"]:
        gdb.execute(f"directory {directory}", to_string=True)
    os.environ.pop("PYTHONHOME", None)
